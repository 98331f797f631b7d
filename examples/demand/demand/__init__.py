"""The step bodies of demand.mlp."""
