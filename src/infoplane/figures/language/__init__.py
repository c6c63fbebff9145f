"""What the layers of language models tell of tokens: at a look, and over training."""
