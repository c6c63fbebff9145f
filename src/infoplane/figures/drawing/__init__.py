"""What figures share: style, selection of rows, axes of epochs, names that keep clear."""
