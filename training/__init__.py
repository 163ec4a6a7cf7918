"""How the shipped models came about: `make train`. Run by hand, not part of the package."""
