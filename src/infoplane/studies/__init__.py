"""Which claims hold? One file a paper: its runs, its figure, its claims with verdicts."""
