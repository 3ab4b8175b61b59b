"""An image encoder on another machine, the prompt side here: the service and its client."""
