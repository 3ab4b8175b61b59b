"""Which image is open, which comes next, and what is known of the others."""
