"""Networks as PyTorch's own operators: what a .pt2 archive and a live module have in common."""
