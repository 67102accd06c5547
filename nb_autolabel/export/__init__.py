"""Taking labels out of the notebook: code that gives them again without any widget."""
