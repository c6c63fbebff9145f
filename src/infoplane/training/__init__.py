"""How does it learn? The loop, and its checkpoints."""
