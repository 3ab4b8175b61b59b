"""The work in progress as QObjects without widgets: what the window shows and tells."""
