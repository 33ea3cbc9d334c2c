"""What every request meets before a page sees it: time, size, and being turned down."""
