"""Training of promptable segmentation models; the application never imports this at start."""
