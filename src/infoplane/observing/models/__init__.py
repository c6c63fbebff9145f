"""What is seen of any model: its layers found, chosen, hooked and reduced, whatever it takes."""
