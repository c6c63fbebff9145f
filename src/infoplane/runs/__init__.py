"""What is kept? The configuration of a run, its folder, and going on where it stopped."""
