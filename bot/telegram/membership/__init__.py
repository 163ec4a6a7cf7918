"""Who is served and where: the gate, invites, the list of members, groups."""
