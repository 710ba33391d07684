"""`python -m chat.tests.process PORT`: a serving process on the database of a test."""

import os
import sys

import django
from django.conf import settings


def main(port: int) -> None:
    settings.DATABASES["default"]["NAME"] = os.environ["CHAT_TEST_DATABASE"]
    django.setup()
    import uvicorn

    from chat.tests.server import config

    uvicorn.Server(config(port)).run()


if __name__ == "__main__":
    main(int(sys.argv[1]))
