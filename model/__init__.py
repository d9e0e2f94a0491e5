"""Inference: everything that a request needs."""
