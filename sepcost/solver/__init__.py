"""From where on a scheme pays: the theory in SymPy, its inequalities solved exactly, and their printing."""
