"""The Python of the project."""
