"""What is asked for at the root without being told of."""

import io
import re
from urllib.robotparser import RobotFileParser

import pytest
from django.test import Client
from PIL import Image

from alliv.tests.test_access import tabled

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
PUBLIC = [
    "/",
    "/accounts/login/",
    "/accounts/signup/",
    "/developers/",
    "/developers/try/",
    "/asyncapi.yaml",
    "/favicon.ico",
    "/static/icon-192.png",
]


@pytest.fixture
def robots(client: Client) -> RobotFileParser:
    answer = client.get("/robots.txt")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
    parser = RobotFileParser()
    parser.parse(answer.content.decode().splitlines())
    return parser


def test_crawlers_may_read_what_is_for_everybody(robots: RobotFileParser) -> None:
    assert [path for path in PUBLIC if not robots.can_fetch("*", path)] == []


def test_and_nothing_of_the_api_the_staff_s_site_and_the_members_pages(robots: RobotFileParser) -> None:
    private = {
        re.sub(r"{\w+}", "x", operation.split()[1])
        for operation, line in tabled().items()
        if operation.startswith("GET /") and (operation.startswith(("GET /api/", "GET /admin/")) or line.split()[2] == "login")
    }
    assert len(private) > 40
    assert [path for path in sorted(private) if robots.can_fetch("*", path)] == []


def test_the_icon_is_a_picture_that_may_be_kept(client: Client) -> None:
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "public, max-age=86400")
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert (picture.format, answer["Content-Type"]) == ("PNG", "image/png")
