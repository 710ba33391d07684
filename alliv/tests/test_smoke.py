import pytest
from django.db import connection

from accounts.models import Member


@pytest.mark.integration
def test_db(db):
    from datetime import date
    m = Member.objects.create_user("a@b.c", "x", birthdate=date(2000, 1, 1))
    assert Member.objects.in_good_standing().count() == 0
    assert connection.vendor in ("postgresql", "sqlite")
