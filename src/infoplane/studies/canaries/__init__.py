"""What a language model memorizes, layer by layer: random continuations that half of them saw."""
