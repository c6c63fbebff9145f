"""Which examples of a data set does a network memorize rather than learn? From one training."""
