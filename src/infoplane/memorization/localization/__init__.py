"""Where an example is memorized: at which layer, by which units, and how soon it is forgotten."""
