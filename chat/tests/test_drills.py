"""The long drills, short: `manage.py drill chat_faults chat_faults_mongodb chat_slow_reader` sends more and kills more."""

import math
import os

import pytest

from chat import places
from chat.drills import faults
from ops.drilling import Options

pytestmark = [
    pytest.mark.slow,
    pytest.mark.integration,
    pytest.mark.skipif(os.environ.get("ALLIV_TEST_SERVICES") == "none", reason="it breaks a PostgreSQL and a Valkey"),
]


def test_nothing_acknowledged_is_lost_whatever_is_killed() -> None:
    trials = list(faults.rehearsed(Options(seed=7), 200, with_mongodb=places.has_mongodb()))
    recoveries = [trial for trial in trials if trial.trial.startswith("recovery")]
    assert len(recoveries) == (4 if places.has_mongodb() else 3)
    assert [trial for trial in trials if not trial.ok and trial not in recoveries] == []
    assert all(trial.seen < math.inf for trial in recoveries)  # how long it takes on a busy machine is no matter of right and wrong
