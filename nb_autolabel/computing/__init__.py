"""Metrics that an analyzer lacks, computed by SpikeInterface from arrays that this package reads."""
