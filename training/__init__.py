"""Makes checkpoints, and measures them."""
