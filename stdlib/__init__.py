"""Steps written in the language itself, and the plain Python bodies they run."""
