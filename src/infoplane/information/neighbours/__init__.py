"""Nearest neighbours: the search for them, and the estimators by their distances."""
