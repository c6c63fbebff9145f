"""Single examples: the dataset map, scores of clean against corrupted, images."""
