"""Questions and what stands under their answers."""
