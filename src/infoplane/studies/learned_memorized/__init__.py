"""What each layer learns and what it memorizes, from true labels to random ones."""
