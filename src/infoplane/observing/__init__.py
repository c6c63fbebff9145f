"""What is seen of a network? Activations through hooks, and when to look."""
