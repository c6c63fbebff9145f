"""What do checkpoints of a language model tell of tokens? Loaded by name, measured on texts."""
