"""Makes `.venv` and installs the given requirement files into it; does nothing when they have not changed.

    python3 scripts/setup.py requirements.txt [requirements-dev.txt]

Only the standard library: it runs before anything is installed. SETUP_QUIET=1 prints one line a step.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import messages  # beside this file

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PIP = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
MARKS = VENV / "installed"
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
PROBE_SECONDS = 5


def say(sentence: str) -> None:
    print(f"» {sentence}", file=sys.stderr, flush=True)


def python() -> str:
    """A Python 3.11 of this machine."""
    for name in ("python3.11", "python3", "python"):
        path = shutil.which(name)
        if path and subprocess.run([path, "-c", "import sys; sys.exit(sys.version_info[:2] != (3, 11))"]).returncode == 0:
            return path
    sys.exit("Alliv needs Python 3.11, and none was found. Install it, for example with `apt-get install python3.11-venv` or pyenv.")


def digest(file: Path) -> str:
    """Of the file and of those it includes with -r."""
    text = file.read_text()
    included = [digest(file.parent / line[3:].strip()) for line in text.splitlines() if line.startswith("-r ")]
    return hashlib.sha256("".join([text, *included]).encode()).hexdigest()


def is_installed(file: Path) -> bool:
    mark = MARKS / file.name
    return mark.exists() and mark.read_text() == digest(file)


def install(*arguments: str) -> None:
    quiet = ["--quiet"] if os.environ.get("SETUP_QUIET") == "1" else ["--progress-bar=off"] if not sys.stderr.isatty() else []
    if subprocess.run([*PIP, "install", *quiet, *arguments], cwd=ROOT).returncode:
        sys.exit("The installation failed; the lines above say why. It can be started again: what is there stays.")


def install_torch(file: Path) -> None:
    """PyTorch's CPU build where its index answers: the default index brings CUDA libraries of about 3 GB on Linux."""
    wanted = next((line.strip() for line in file.read_text().splitlines() if line.startswith("torch==")), None)
    if wanted is None or subprocess.run([*PIP, "show", "--quiet", "torch"], capture_output=True).returncode == 0:
        return
    try:
        urllib.request.urlopen(f"{TORCH_CPU_INDEX}/torch/", timeout=PROBE_SECONDS).close()
    except OSError:
        say("PyTorch's CPU index does not answer: taking what the default index has.")
        return
    say("Installing PyTorch (CPU build) …")
    install(wanted, "--index-url", TORCH_CPU_INDEX)


def main() -> None:
    messages.compile_all()
    files = [ROOT / name for name in sys.argv[1:]]
    if all(map(is_installed, files)):
        return
    if not (VENV / "bin" / "python").exists():
        say("Making .venv …")
        subprocess.run([python(), "-m", "venv", str(VENV)], check=True)
    install_torch(ROOT / "requirements.txt")
    for file in files:
        if not is_installed(file):
            say(f"Installing {file.name} (the first time takes some minutes) …")
            install("-r", str(file))
            MARKS.mkdir(exist_ok=True)
            (MARKS / file.name).write_text(digest(file))


if __name__ == "__main__":
    main()
