"""Findings as somebody's work: what is doubtful, who has seen it, what goes wrong soon."""
