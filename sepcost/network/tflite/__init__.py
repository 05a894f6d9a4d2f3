"""Networks in TensorFlow Lite files."""
