"""Where examples are memorized: measures by example and by layer, on the same networks."""
