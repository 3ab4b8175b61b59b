"""The folder on disk: reading, saving, locking, and what is kept when it refuses."""
