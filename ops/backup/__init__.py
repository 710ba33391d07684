"""Backups that were restored before they were needed: dump, pack, verify, publish, rotate, drill."""
