"""The JSON API, for programs: endpoints, their shapes, tokens, and the page that describes them."""
