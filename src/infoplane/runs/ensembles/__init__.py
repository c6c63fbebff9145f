"""Many networks, each trained on its own random subset of one data set."""
