"""What can be asked for on the command line? One file a command, light to load."""
