"""What is learned? Splits, the 12-bit task, image sets, and corruptions of labels and pixels."""
