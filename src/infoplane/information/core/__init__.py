"""What estimators share: estimates, samples, nulls, errors, sketches. Imports no method."""
