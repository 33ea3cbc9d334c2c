"""A clip's gait: the job that measures it, its report in words and curves, and the protractor."""
