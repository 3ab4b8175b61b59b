"""The lists and boards around the canvas."""
