"""Data of the user's own: folders of images, tables and arrays."""
