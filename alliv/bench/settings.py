"""Alliv's settings with the addresses that measuring adds."""

from alliv.settings import *  # noqa: F403

ROOT_URLCONF = "alliv.bench.urls"
