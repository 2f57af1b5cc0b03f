"""The life of an alarm: a table of transitions, each with a reason."""
