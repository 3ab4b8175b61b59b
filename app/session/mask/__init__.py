"""The mask being made: clicks, the model's answers, hand edits, until it is accepted."""
