"""The pages of photos, and what they show: upload, result, gallery, comparison, shared links."""
