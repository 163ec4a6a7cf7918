"""Figures against the plain recipe. Measures only: nothing here is a test or ships."""
