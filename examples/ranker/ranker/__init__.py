"""The step bodies of ranker.mlp."""
