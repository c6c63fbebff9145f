"""Small GPTs trained on text, and what of them is kept."""
