"""What a bit of a label costs in bits of weights (Achille & Soatto 2018)."""
