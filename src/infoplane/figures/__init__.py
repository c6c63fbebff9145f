"""What is shown? Figures, drawn from the tables of a run alone."""
