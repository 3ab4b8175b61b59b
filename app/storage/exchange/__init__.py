"""Other programs' files, a module a format: read into ``values``, written from documents."""
