"""Types and the relations between them."""
