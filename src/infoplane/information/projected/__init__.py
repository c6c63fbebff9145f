"""Projections and hashes: sliced and pointwise sliced information, soft entropy, EDGE."""
