"""Speed as ratios: ours against the published methods, written down again, in one run."""
