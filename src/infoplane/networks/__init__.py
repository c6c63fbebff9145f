"""What learns? Multilayer perceptrons, K of them stacked as one module."""
