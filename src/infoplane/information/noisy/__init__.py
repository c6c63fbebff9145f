"""A layer with Gaussian noise: bounds by kernel densities, and the mixture itself."""
