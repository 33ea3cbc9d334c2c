"""People correct what a network found; what they vouch for becomes a data set."""
