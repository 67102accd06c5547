"""What a curator judges a unit by, computed from its spikes, its template and what else is stored."""
