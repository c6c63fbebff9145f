"""Gaussian information in closed form, and whether samples are normal enough for it."""
