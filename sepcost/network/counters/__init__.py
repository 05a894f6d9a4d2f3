"""What other counters print for a network, and why."""
