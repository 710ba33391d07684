"""Identifiers: UUID version 7, so that rows made later sort later and indexes grow at one end."""

from uuid_utils.compat import uuid7

__all__ = ["uuid7"]
