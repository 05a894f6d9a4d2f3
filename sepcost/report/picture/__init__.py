"""Results as pictures, one module for each kind; only `canvas` imports Matplotlib."""
