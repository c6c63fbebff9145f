"""The folder of a run, here or at a URL: nothing half-written is ever read back."""
