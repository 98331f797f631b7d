"""The step bodies of delays.mlp."""
