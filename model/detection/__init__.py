"""Boxes from detectors that other programs exported."""
