"""What the mouse does on the canvas: one tool for each kind of gesture."""
