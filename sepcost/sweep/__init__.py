"""Grids of layers, costed as columns."""
