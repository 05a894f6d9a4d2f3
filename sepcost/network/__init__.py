"""Whole networks: read from TOML or ONNX, audited layer by layer, held against budgets."""
