"""What a user of Millpond touches: the functions of the library and the start of the command."""
