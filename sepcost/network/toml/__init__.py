"""Networks written as TOML."""
