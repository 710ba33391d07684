"""Files in an S3 bucket, through one client for all threads."""

import threading
from typing import Any

from storages.backends.s3 import S3Storage


class SharedS3Storage(S3Storage):  # type: ignore[misc]
    """The library makes a client for each thread, and every request has a thread of its own: that costs a tenth of a second of computing
    while all others wait, and a new connection, each time.

    Clients may be shared. The resource around one may not be changed by two, and nobody changes it: it is only asked for new objects.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.making, self.made = threading.Lock(), None

    @property
    def connection(self) -> Any:
        with self.making:
            if self.made is None:
                self.made = super().connection
        return self.made
