"""JSON Schemas of what commands print with -f json."""
