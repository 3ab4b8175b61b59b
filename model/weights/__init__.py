"""Files of weights: which are known, fetching them, reading them safely."""
