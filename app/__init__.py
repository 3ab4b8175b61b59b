"""The Maskwright application: everything between the annotator and the files on disk."""

__version__ = "0.1.0"
