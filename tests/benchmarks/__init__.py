"""Figures, not tests: each file is run by hand and prints a table (docs/benchmarks.md names the commands)."""
