"""The only room with a network. Nothing is fetched yet: every reader works on files."""
