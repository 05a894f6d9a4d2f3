"""Machines, and the least time that layers take on them."""
