"""Networks: where they come from (`zoo`), how they are converted, what runs them."""
