"""/stats: what the admins see of the questions asked."""
