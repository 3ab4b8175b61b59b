"""Running models in PyTorch: devices, precision, the quick decoder."""
