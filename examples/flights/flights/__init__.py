"""The step bodies of flights.mlp: plain functions that know nothing of the pipeline."""
