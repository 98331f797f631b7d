"""The driver: the stages in order, each a function. Reading files happens here and in the CLI."""
