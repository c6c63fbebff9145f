"""Information through bins: rules, hashes and counts of cells, corrections of the plug-in."""
