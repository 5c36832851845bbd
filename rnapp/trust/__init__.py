"""How far an answer can be trusted: what it may be called, and what stands against it. Values only."""
