"""Labeling methods as data: criteria, ordered rules, presets, and the trace of a decision."""
