"""Password hashing."""

from typing import Any

import bcrypt
from django.contrib.auth.hashers import Argon2PasswordHasher, BCryptPasswordHasher

LONGEST_READ = 72


class Argon2(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes, one lane (OWASP's minimum): twenty sign-ins at once stay below 512 MB.

    Django's default takes 100 MiB for each.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1


class OldBcrypt(BCryptPasswordHasher):
    """For passwords that came over from the old system; the next sign-in makes them Argon2. No password is made with it.

    Of longer passwords the algorithm reads 72 bytes; the library of today refuses them instead, which would lock their members out.
    """

    def encode(self, password: str, salt: Any) -> str:
        return f"{self.algorithm}${bcrypt.hashpw(password.encode()[:LONGEST_READ], salt).decode()}"
