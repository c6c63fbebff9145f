"""Is an estimator right? Distributions with known mutual information, and estimators held to it."""
