"""Results as pictures, one module for each kind; only when one is drawn is Matplotlib imported."""
