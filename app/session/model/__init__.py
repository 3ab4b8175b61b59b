"""The model at work, and those there are."""
