"""`python -m chat.tests.process PORT`: a serving process on the databases of a test."""

import json
import os
import sys

import django
from django.conf import settings


def main(port: int) -> None:
    for place, name in json.loads(os.environ["CHAT_TEST_DATABASES"]).items():
        settings.DATABASES[place]["NAME"] = name
    django.setup()
    import uvicorn

    from chat.tests.server import config

    uvicorn.Server(config(port)).run()


if __name__ == "__main__":
    main(int(sys.argv[1]))
