"""What does anybody's network learn and memorize? Any model, inputs, labels, in any loop."""
