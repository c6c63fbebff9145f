"""What do activations that any program saved say? Layers in files, measured like a network's."""
