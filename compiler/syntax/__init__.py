"""Syntax: from text to tree."""
