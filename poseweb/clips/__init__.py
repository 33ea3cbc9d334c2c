"""Running videos, from the check at the door to the files that a player asks for."""
