"""Bringing over what the system before Alliv kept in MongoDB: how it is read. Apps say in their `legacy` what becomes of it."""
