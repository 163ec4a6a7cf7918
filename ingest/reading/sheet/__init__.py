"""Excel: a row as a record."""
