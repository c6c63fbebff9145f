"""Figures of one paper each, as the studies draw them."""
