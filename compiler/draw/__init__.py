"""Drawings of a graph: for a terminal, as Mermaid, as SVG, and as JSON for whoever draws it."""
