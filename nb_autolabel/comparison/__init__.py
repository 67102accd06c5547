"""Agreement of methods, presets and curators."""
