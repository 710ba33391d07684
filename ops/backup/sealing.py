"""Archives that only the holder of a key can open: age (age-encryption.org), for one recipient.

Who makes backups needs no secret. So that an archive can be verified before it is published all the same, it is sealed for a second
recipient as well, whose key is made for this one run, opens it once and is forgotten.
"""

import hashlib
from pathlib import Path

import pyrage
from django.conf import settings
from pyrage import x25519

from ops.backup.archive import Damaged, sha256

SUFFIX = ".age"


class NoKey(Exception):
    """The archive is sealed, and the key at hand does not open it."""


class Hashing:
    """Something to write to that keeps a digest only."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()

    def write(self, block: bytes) -> int:
        self.digest.update(block)
        return len(block)

    def flush(self) -> None: ...


def seal(plain: Path, sealed: Path) -> None:
    """Encrypts for BACKUP_RECIPIENT and reads the outcome back. Raises Damaged when it does not open to what went in."""
    witness = x25519.Identity.generate()
    pyrage.encrypt_file(str(plain), str(sealed), [x25519.Recipient.from_str(settings.BACKUP_RECIPIENT), witness.to_public()])
    seen = Hashing()
    with sealed.open("rb") as file:
        pyrage.decrypt_io(file, seen, [witness])
    if seen.digest.hexdigest() != sha256(plain):
        raise Damaged("What was encrypted does not open to what went in.")


def can_open() -> bool:
    return bool(settings.BACKUP_IDENTITY)


def identities() -> list[x25519.Identity]:
    """The keys in the file BACKUP_IDENTITY, as age-keygen writes it. Raises NoKey."""
    if not can_open():
        raise NoKey("This archive is encrypted: BACKUP_IDENTITY has to name the file with its age key.")
    try:
        lines = Path(settings.BACKUP_IDENTITY).read_text().split()
        return [x25519.Identity.from_str(line) for line in lines if line.startswith("AGE-SECRET-KEY-")]
    except (OSError, UnicodeDecodeError, pyrage.IdentityError):
        raise NoKey("The file that BACKUP_IDENTITY names cannot be read as age keys.") from None


def unseal(sealed: Path, plain: Path) -> None:
    """Raises NoKey for another's key, Damaged for what is not whole."""
    keys = identities()
    try:
        pyrage.decrypt_file(str(sealed), str(plain), keys)
    except pyrage.DecryptError as error:
        if "No matching keys" in str(error):
            raise NoKey(f"{sealed.name} was encrypted for another key than those in BACKUP_IDENTITY.") from None
        raise Damaged(f"{sealed.name} cannot be decrypted: its head is damaged.") from None
    except OSError as error:
        if error.errno:  # the disk's; what age finds wrong has none
            raise
        raise Damaged(f"{sealed.name} cannot be decrypted: it is not whole.") from None
