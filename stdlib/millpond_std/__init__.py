"""The bodies of the standard steps: plain functions that import nothing of Millpond."""
