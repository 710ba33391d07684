"""Measurements of the whole: what HTTP adds."""
