"""Backups that are encrypted or lie in a bucket: what opens them, what is noticed, and what is never published."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from pyrage import x25519

from media.tests.bucket import BUCKET, KEYS, client, s3_server
from ops.backup import parts, shelf, store
from ops.backup.bucket import Objects
from ops.exits import FAILED, PRECONDITION
from ops.tests.test_backup import exit_code, flip_a_byte, output, vault
from tests.processes import ROOT

__all__ = ["vault"]
pytestmark = pytest.mark.integration
DIES_AT_PART_3 = """
import os, signal
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "alliv.settings"
django.setup()
from django.core.management import call_command
from ops.backup import parts
send_part = parts.send_part
parts.send_part = lambda client, upload, number, block: (number == 3 and os.kill(os.getpid(), signal.SIGKILL)) or send_part(client, upload, number, block)
call_command("backup")
"""
KEY = x25519.Identity.generate()


@pytest.fixture
def sealed(vault: Path, settings: Any) -> Path:
    """A vault whose archives are encrypted, and the file with the key that opens them."""
    settings.BACKUP_RECIPIENT, settings.BACKUP_IDENTITY = str(KEY.to_public()), str(vault / "key")
    (vault / "key").write_text(f"# made today\n{KEY}\n")
    return vault


@pytest.fixture
def s3(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Any]:
    """A real server, a bucket for archives, and one for photos with a picture in it."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    with s3_server(tmp_path_factory.mktemp("s3")) as address:
        settings.S3_ENDPOINT_URL, settings.S3_BUCKET = address, BUCKET
        settings.BACKUP_DIR, settings.VAR_DIR = "s3://archives/alliv", tmp_path_factory.mktemp("var")
        found = client(address)
        found.create_bucket(Bucket="archives")
        found.put_object(Bucket=BUCKET, Key="photos/a.webp", Body=b"picture" * 1000)
        yield found


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """One sentence and nothing else."""
    text = capsys.readouterr().err
    assert text.count("\n") == 1, text
    return text


PUT = Objects.put


def cut_off_before_the_digest(objects: Objects, path: Path, name: str) -> None:
    if name.endswith(".sha256"):
        raise KeyboardInterrupt
    PUT(objects, path, name)


class TestEncrypted:
    def test_it_shows_nothing_and_comes_back_with_the_key(self, sealed: Path) -> None:
        output("backup")
        (name,) = store.sizes()
        assert name.endswith(".tar.gz.age")
        assert (sealed / "backups" / name).read_bytes().startswith(b"age-encryption.org/v1")
        assert "could be restored" in output("restore_backup", "--drill")
        assert "is good." in output("verify_backup")

    def test_without_the_key_it_is_compared_with_its_digest(self, sealed: Path, settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
        output("backup")
        settings.BACKUP_IDENTITY = ""
        assert "it was not opened" in output("verify_backup")
        assert exit_code(lambda: call_command("restore_backup", "--drill")) == PRECONDITION
        assert "BACKUP_IDENTITY" in said(capsys)
        flip_a_byte(sealed / "backups" / next(iter(store.sizes())))
        assert exit_code(lambda: call_command("verify_backup")) == FAILED
        assert "DAMAGED" in output("list_backups")

    def test_another_key_does_not_open_it(self, sealed: Path, capsys: pytest.CaptureFixture[str]) -> None:
        output("backup")
        (sealed / "key").write_text(str(x25519.Identity.generate()))
        assert exit_code(lambda: call_command("restore_backup", "--force", "--no-input")) == PRECONDITION
        assert "another key" in said(capsys)

    @pytest.mark.parametrize("part", [0, 30, 0.5, 0.999])
    def test_one_that_breaks_off_is_noticed(self, part: float, sealed: Path, capsys: pytest.CaptureFixture[str]) -> None:
        output("backup")
        path = sealed / "backups" / next(iter(store.sizes()))
        content = path.read_bytes()
        path.write_bytes(content[: int(part if part > 1 else part * len(content))])
        assert exit_code(lambda: call_command("verify_backup")) == FAILED
        assert path.name in said(capsys)

    def test_a_flipped_bit_is_noticed(self, sealed: Path, capsys: pytest.CaptureFixture[str]) -> None:
        output("backup")
        flip_a_byte(sealed / "backups" / next(iter(store.sizes())))
        assert exit_code(lambda: call_command("verify_backup")) == FAILED
        assert "not whole" in said(capsys)


class TestBucket:
    def test_it_goes_there_and_comes_back_with_the_photos(self, vault: Path, s3: Any) -> None:
        made = output("backup").strip()
        assert {row["Key"] for row in s3.list_objects_v2(Bucket="archives")["Contents"]} == {f"alliv/{made}", f"alliv/{made}.sha256"}
        assert made in output("list_backups")
        s3.delete_object(Bucket=BUCKET, Key="photos/a.webp")
        output("restore_backup", "--no-input", "--force")
        assert s3.get_object(Bucket=BUCKET, Key="photos/a.webp")["Body"].read() == b"picture" * 1000

    def test_one_whose_upload_was_cut_off_does_not_count(self, vault: Path, s3: Any) -> None:
        made = output("backup").strip()
        s3.put_object(Bucket="archives", Key="alliv/alliv-20990101T000000Z.tar.gz", Body=b"half")
        assert store.newest() == made

    def test_one_that_was_changed_there_is_noticed(self, vault: Path, s3: Any, capsys: pytest.CaptureFixture[str]) -> None:
        made = output("backup").strip()
        s3.put_object(Bucket="archives", Key=f"alliv/{made}", Body=b"something else")
        assert exit_code(lambda: call_command("verify_backup")) == FAILED
        assert made in said(capsys)

    def test_old_ones_are_deleted_there(self, vault: Path, s3: Any) -> None:
        made = output("backup").strip()
        old = "alliv-20200101T000000Z.tar.gz"
        for ending in ("", ".sha256"):
            s3.copy_object(Bucket="archives", Key=f"alliv/{old}{ending}", CopySource=f"archives/alliv/{made}{ending}")
        output("prune_backups")
        assert list(store.sizes()) == [made]

    def test_parts_that_nobody_put_together_are_given_up_after_two_days(
        self, vault: Path, s3: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = output("backup").strip()
        for key in ("alliv/alliv-20260101T020000Z.tar.gz", "alliv/film.mp4", "others/alliv-20260101T020000Z.tar.gz"):
            s3.create_multipart_upload(Bucket="archives", Key=key)
        assert json.loads(output("prune_backups", "--json"))["given_up"] == []
        monkeypatch.setattr(store, "GIVE_UP", timedelta(seconds=-60))
        assert json.loads(output("prune_backups", "--json", "--dry-run"))["given_up"] == ["alliv-20260101T020000Z.tar.gz"]
        output("prune_backups")
        left = {upload["Key"] for upload in s3.list_multipart_uploads(Bucket="archives")["Uploads"]}
        assert left == {"alliv/film.mp4", "others/alliv-20260101T020000Z.tar.gz"}
        assert list(store.sizes()) == [made]

    def test_one_that_only_lacks_its_digest_is_not_sent_again(self, vault: Path, s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        with monkeypatch.context() as cut:
            cut.setattr(shelf.Objects, "put", cut_off_before_the_digest)
            with pytest.raises(KeyboardInterrupt):
                call_command("backup")
        assert store.sizes() == {}
        seen: list[str] = []
        monkeypatch.setattr(shelf.Objects, "put", lambda objects, path, name: seen.append(name))
        (name,) = store.publish_waiting()
        assert seen == [f"{name}.sha256"]

    def test_one_that_the_disk_changed_while_it_waited_is_thrown_away(
        self, vault: Path, s3: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as cut:
            cut.setattr(shelf.Bucket, "publish", lambda bucket, packed: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                call_command("backup")
        (waiting,) = (settings.VAR_DIR / "backups" / "waiting").glob("*.gz")
        flip_a_byte(waiting)
        assert store.publish_waiting() == []
        assert not waiting.parent.exists()

    def test_a_bucket_that_is_missing_is_one_sentence(
        self, vault: Path, s3: Any, settings: Any, capsys: pytest.CaptureFixture[str]
    ) -> None:
        settings.BACKUP_DIR = "s3://nowhere"
        assert exit_code(lambda: call_command("backup")) == FAILED
        assert "NoSuchBucket" in said(capsys)


class TestTrouble:
    """A process of its own on a database of its own, so that it can be killed or run out of room."""

    @pytest.fixture
    def env(self, tmp_path: Path) -> dict[str, str]:
        env = {**os.environ, "DATABASE_URL": "", "REDIS_URL": "", "VAR_DIR": str(tmp_path), "BACKUP_DIR": str(tmp_path / "backups")}
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=env, check=True)
        (tmp_path / "media").mkdir()
        (tmp_path / "media" / "large.webp").write_bytes(os.urandom(30_000_000))
        return env

    def published(self, env: dict[str, str]) -> list[str]:
        return sorted(path.name for path in Path(env["BACKUP_DIR"]).glob("alliv-*.tar.gz"))

    def test_full_disk_and_kill_publish_nothing_and_leave_the_last_one(self, env: dict[str, str]) -> None:
        command = [sys.executable, "manage.py", "backup"]
        first = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True).stdout.strip()

        def no_room() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (20_000_000, 20_000_000))

        full = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, preexec_fn=no_room)
        assert (full.returncode, full.stderr.count("\n")) == (FAILED, 1), full.stderr
        killed = subprocess.Popen(command, cwd=ROOT, env=env)
        folder = Path(env["BACKUP_DIR"])
        end = time.monotonic() + 30
        while not list(folder.glob("making-*/packed")) and time.monotonic() < end:
            time.sleep(0.01)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert list(folder.glob("making-*"))
        assert self.published(env) == [first]
        subprocess.run(command, cwd=ROOT, env=env, capture_output=True, check=True)
        assert len(self.published(env)) == 2
        assert not list(folder.glob("making-*"))

    @pytest.fixture
    def uploading(self, env: dict[str, str], s3: Any, settings: Any) -> dict[str, str]:
        """The same with a bucket; this process sees the same archives, waiting and published."""
        settings.VAR_DIR = Path(env["VAR_DIR"])
        return {**env, **KEYS, "BACKUP_DIR": settings.BACKUP_DIR, "S3_ENDPOINT_URL": settings.S3_ENDPOINT_URL}

    def test_killed_while_it_uploads_it_publishes_nothing_and_the_next_run_sends_the_rest(
        self,
        transactional_db: None,
        uploading: dict[str, str],
        s3: Any,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        killed = subprocess.run([sys.executable, "-c", DIES_AT_PART_3], cwd=ROOT, env=uploading)
        assert killed.returncode == -signal.SIGKILL
        assert store.sizes() == {}
        (left,) = s3.list_multipart_uploads(Bucket="archives")["Uploads"]
        name = left["Key"].removeprefix("alliv/")
        sent, send_part = [], parts.send_part

        def noted(client: Any, upload: dict[str, str], number: int, block: bytes) -> str:
            sent.append((upload["Key"], number))
            return send_part(client, upload, number, block)

        monkeypatch.setattr(parts, "send_part", noted)
        made = json.loads(output("backup", "--json"))
        assert made["resumed"] == [name]
        assert sent == [(left["Key"], 3), (left["Key"], 4)]
        assert f"{name} is published now" in said(capsys)
        assert list(store.sizes()) == [made["backup"], name]
        assert "is good" in output("verify_backup", name)
        assert not s3.list_multipart_uploads(Bucket="archives").get("Uploads")
        assert store.publish_waiting() == []
