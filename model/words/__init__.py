"""Boxes of what words name: open-vocabulary detectors. torch and transformers are an extra."""
