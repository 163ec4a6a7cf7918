"""What admins learn from the questions asked, and answer in writing."""
