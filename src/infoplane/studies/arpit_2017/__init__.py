"""Arpit et al. 2017: what tells learning from fitting noise in training."""
