"""Many runs: one after another, on workers of this machine, or on a Ray cluster."""
