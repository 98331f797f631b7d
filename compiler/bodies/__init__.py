"""What is known of a step's body by reading it: signature, code that counts, files it needs."""
