"""Decoders: what a rule, fitted on some samples, says of the labels of others."""
