"""`manage.py bench pages`: what Lighthouse says of the landing page, the developers' and Discover on a telephone, in Chromium.

The one measurement that needs Node: Lighthouse comes from npm and is kept there by npx.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

from django.core.management.base import CommandError

from alliv.bench.http import PASSWORD, VIEWERS, Client, served
from ops.benching import Figure, Options, figure

LIGHTHOUSE = "lighthouse@11.7.1"
MEMBERS, ROUNDS = 100, 3
PATHS = {"landing": "/", "developers": "/developers/", "discover": "/discover/"}
SCORES = ("performance", "accessibility", "best-practices")
AUDITS = {"largest-contentful-paint": ("lcp", "ms"), "cumulative-layout-shift": ("cls", ""), "total-blocking-time": ("tbt", "ms")}
FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync"


def run(options: Options) -> Iterator[Figure]:
    npx, chromium = shutil.which("npx"), os.environ.get("CHROME_PATH") or shutil.which("chromium") or shutil.which("google-chrome")
    if not npx or not chromium:
        raise CommandError(
            f"Lighthouse needs {'Chromium (CHROME_PATH says where it is)' if npx else 'Node with npx'}: nothing was measured."
        )
    with tempfile.TemporaryDirectory() as folder, served(Path(folder), options["members"] or MEMBERS) as port:
        Client(port)  # it answers, and its loops are compiled
        heads = Path(folder) / "heads.json"
        heads.write_text(json.dumps({"Cookie": signed_in(port)}))
        for name, path in ((name, path) for name, path in PATHS.items() if name.startswith(options["only"])):
            words = [npx, "--yes", LIGHTHOUSE, f"http://127.0.0.1:{port}{path}", "--quiet", "--output=json", f"--chrome-flags={FLAGS}"]
            words += [f"--only-categories={','.join(SCORES)}", *([f"--extra-headers={heads}"] if name == "discover" else [])]
            env = {**os.environ, "CHROME_PATH": chromium}
            reports = [
                json.loads(subprocess.run(words, env=env, check=True, stdout=subprocess.PIPE).stdout)
                for _ in range(options["rounds"] or ROUNDS)
            ]
            yield from figures(name, reports)


def figures(page: str, reports: list[dict[str, Any]]) -> Iterator[Figure]:
    for score in SCORES:
        yield figure(page, score, [100 * report["categories"][score]["score"] for report in reports], metric="score", unit="of 100")
    for audit, (metric, unit) in AUDITS.items():
        yield figure(page, audit, [report["audits"][audit]["numericValue"] for report in reports], metric=metric, unit=unit)


def signed_in(port: int) -> str:
    """The cookies of a demo member, from the form that everybody uses."""
    jar = CookieJar()
    browser = build_opener(HTTPCookieProcessor(jar))
    address = f"http://127.0.0.1:{port}/accounts/login/"
    page = browser.open(address).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token
    browser.open(address, urlencode({"csrfmiddlewaretoken": token[1], "email": VIEWERS[0], "password": PASSWORD}).encode())
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)
