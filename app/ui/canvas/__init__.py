"""The image with its masks on the screen: painting whose cost depends on the viewport alone."""
