"""What is asked of a run afterwards, from its kept weights: rewinding, critical samples, images."""
