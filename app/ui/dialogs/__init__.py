"""Windows that ask or tell, opened from the menu."""
