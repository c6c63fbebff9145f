"""Decoders: rules fitted on some samples that predict the labels of others."""
