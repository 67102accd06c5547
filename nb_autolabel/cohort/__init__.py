"""Many recordings at once: finding, reading, keeping, and labeling them as one table."""
