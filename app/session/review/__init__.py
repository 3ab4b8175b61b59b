"""The walk through proposals and its decisions."""
