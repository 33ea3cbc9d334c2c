"""How the built-in network is made: pictures, canvases, labels, training, checking, export."""
