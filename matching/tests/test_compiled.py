"""Machine code is never older than any of the sources it was made from."""

from pathlib import Path

import pytest

from matching.ranking import compiled, search


def test_kept_code_is_of_these_very_sources() -> None:
    assert compiled.numba is not None
    assert Path(compiled.numba.config.CACHE_DIR).name == compiled.digest(Path(search.__file__).parent)


@pytest.mark.parametrize("name", ["loop.py", "called.py"])
def test_another_word_in_any_file_is_another_place(name: str, tmp_path: Path) -> None:
    for file in ("loop.py", "called.py"):
        (tmp_path / file).write_text("one = 1")
    before = compiled.digest(tmp_path)
    (tmp_path / name).write_text("one = 2")
    assert compiled.digest(tmp_path) != before
