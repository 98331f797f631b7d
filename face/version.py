"""The version of Millpond, in a file that costs nothing to import."""

VERSION = "0.1.0"
