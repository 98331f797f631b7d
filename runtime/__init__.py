"""What runs inside a step on every engine; the standard library alone."""
