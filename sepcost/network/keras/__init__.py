"""Networks in Keras archives."""
