"""Work on whole folders: the same for the window's background and for the command line. No Qt."""
