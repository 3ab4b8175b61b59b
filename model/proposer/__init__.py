"""The small network that learns from accepted objects where others may be."""
