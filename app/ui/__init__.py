"""The window: everything a person sees and touches. Nothing below imports it."""
