"""Static semantics: names, types, stages and settings of a parsed program."""
