"""Static figures; matplotlib and upsetplot are imported when a figure is drawn."""
