"""Files and law packages → documents → clauses → a new generation of the indexes."""
