"""How many bits a network memorizes of what cannot be learned, for each of its parameters."""
