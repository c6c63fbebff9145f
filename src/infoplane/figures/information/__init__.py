"""The information plane, and information against epoch, resolution and estimator."""
