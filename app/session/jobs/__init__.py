"""Work on whole folders in the background."""
