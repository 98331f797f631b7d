"""What a target must say about itself, and what the compiler promises it."""
