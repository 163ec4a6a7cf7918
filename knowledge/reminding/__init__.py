"""Reminders of integrity rules around holidays: what they say, and when they are due."""
