"""Days off: official ranges, computed ones until those are out, and days that an admin adds."""
