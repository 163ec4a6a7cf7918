"""Answers in the model's words, each sentence on a quoted clause, verified before it is sent."""
