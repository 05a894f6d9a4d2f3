"""A result as rows, once; then as a table, plain text, JSON, CSV, Markdown, LaTeX or a picture."""
