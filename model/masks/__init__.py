"""From low-res logits to masks and back."""
