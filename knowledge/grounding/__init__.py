"""Whether what a sentence says is what the clauses it cites say. Deterministic; no model."""
