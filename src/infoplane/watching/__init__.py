"""What do runs measure while they train? Their page, live, on this machine alone."""
