"""Files on their way out: whole, in parts, drawn when asked for, or many in one ZIP."""
