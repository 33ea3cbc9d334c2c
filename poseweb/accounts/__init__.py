"""Who comes in, and how much they may do: accounts, invitations, limits, the quick start."""
