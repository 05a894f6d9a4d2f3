"""Whole networks: read from files, audited layer by layer, compared with budgets."""
