"""Bytes on disk: pictures in, annotations in and out, settings, caches.

Nothing here knows a window or a model. A failure to read or write becomes a ``Problem``, and what
cannot be read is never written over.
"""
