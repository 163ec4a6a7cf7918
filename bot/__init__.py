"""Everything that talks to people: the command line, the terminal chat, Telegram."""
