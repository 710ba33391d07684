"""`python -m matching.ranking`: compiles the loops of the ranking beside their source, so that nobody's first search has to wait for it."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alliv.settings")
django.setup()

from accounts.vocabulary.selectors import Vocabulary  # noqa: E402 - models need the settings
from matching.ranking.population import Population  # noqa: E402
from matching.ranking.search import rehearse  # noqa: E402
from matching.score import Tables  # noqa: E402

rehearse(Population(Vocabulary(0, {}, {}, {})), Tables())
