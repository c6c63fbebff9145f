"""Load the two parts of a data set as a configuration asks for them."""
