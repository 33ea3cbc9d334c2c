"""For whoever runs the site: health, probes, metrics, the doctor, the log, and what the admin shows beside tables."""
