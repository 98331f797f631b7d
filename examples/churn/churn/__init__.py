"""The step bodies of churn.mlp and of what it shares."""
