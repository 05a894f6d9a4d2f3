"""A table or document as text of each format, and the stream that it goes to."""
