"""Makes the environment that Maskwright runs in. Standard library only, nothing of the program."""
