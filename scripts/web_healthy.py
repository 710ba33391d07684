"""Exits 0 when this host's web process answers: the health check of web containers.

python scripts/web_healthy.py
"""

import os
import sys
import urllib.request

# A host that Alliv does not answer to is refused before anything else is looked at.
host = os.environ.get("ALLOWED_HOSTS", "127.0.0.1").split(",")[0].strip().lstrip(".")
request = urllib.request.Request("http://127.0.0.1:8000/health/live", headers={"Host": host})
try:
    urllib.request.urlopen(request, timeout=2).close()
except OSError as error:
    sys.exit(f"No answer: {error}")
