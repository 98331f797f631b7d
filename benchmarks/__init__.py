"""Benchmarks: Millpond and other tools on one description of a pipeline, side by side."""
