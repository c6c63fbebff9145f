"""Trained bounds: critics, what they are trained by, and differences of entropies."""
