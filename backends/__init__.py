"""The targets: what takes a plan and runs it here or writes it down for another engine."""
