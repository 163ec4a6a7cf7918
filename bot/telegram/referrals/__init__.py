"""Questions passed on to the discipline office, and its answers."""
