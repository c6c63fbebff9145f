"""Ensembles on random subsets: how much is memorized, by which examples, and who can tell."""
