"""How many bits? Estimators: pure functions of tensors, usable alone."""
