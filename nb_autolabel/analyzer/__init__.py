"""Opening, selecting and saving analyzers, without running anything that is in them."""
