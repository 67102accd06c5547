"""What the metrics mean, and the table that holds them."""
