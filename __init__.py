"""The project root: product code is imported as `millpond`, which links to the folders here."""
