"""Password hashing."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes, one lane (OWASP's minimum): twenty sign-ins at once stay below 512 MB.

    Django's default takes 100 MiB for each.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
