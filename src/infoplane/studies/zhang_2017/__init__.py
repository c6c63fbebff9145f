"""Zhang et al. 2017: random labels and pixels, fitted and measured."""
