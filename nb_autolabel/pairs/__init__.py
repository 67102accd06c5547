"""Two units beside each other: one cell that was split, or two cells, and what their merged unit would be."""
