"""Many runs as one: their tables, the keys of their configurations, where they ended."""
