"""What runs inside a step on every engine: standard library only, imports nothing else of ours."""
