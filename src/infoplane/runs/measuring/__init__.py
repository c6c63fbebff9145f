"""What is measured at each look of a run: bins and estimators, M and its control, every example."""
