"""What is memorized? The learned–memorized plane, label bits, per-example dynamics."""
