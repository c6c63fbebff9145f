"""Which examples are memorized by the field's definitions, and what M of a layer says of it."""
