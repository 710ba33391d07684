from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from accounts.models import Member


@pytest.fixture
def cora(db: None) -> Member:
    from matching.curation.tests.cast import curator

    return curator("cora@example.org")


@pytest.fixture
def carl(db: None) -> Member:
    from matching.curation.tests.cast import curator

    return curator("carl@example.org")
