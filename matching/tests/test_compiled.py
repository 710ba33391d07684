"""Machine code is never older than any of the sources it was made from."""

import shutil
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


class TestTakingOver:
    """What an image brings along goes where a container may write."""

    @pytest.fixture
    def there(self, tmp_path: Path) -> Path:
        (tmp_path / "image" / "1a2b" / "ranking").mkdir(parents=True)
        (tmp_path / "image" / "1a2b" / "ranking" / "scan.nbc").write_bytes(b"machine code")
        return tmp_path / "image" / "1a2b"

    def test_it_is_copied_once_and_what_comes_later_stays(self, there: Path, tmp_path: Path) -> None:
        here = tmp_path / "tmp" / "numba" / "1a2b"
        compiled.take_over(there, here)
        assert (here / "ranking" / "scan.nbc").read_bytes() == b"machine code"
        (here / "ranking" / "scan.nbc").write_bytes(b"of this processor")
        compiled.take_over(there, here)
        assert (here / "ranking" / "scan.nbc").read_bytes() == b"of this processor"
        assert [path.name for path in here.parent.iterdir()] == ["1a2b"]

    def test_who_comes_second_leaves_nothing_behind(self, there: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        here, copytree = tmp_path / "numba" / "1a2b", shutil.copytree

        def overtaken(source: Path, target: Path) -> None:
            monkeypatch.undo()
            copytree(source, target)
            copytree(source, here)

        monkeypatch.setattr(shutil, "copytree", overtaken)
        compiled.take_over(there, here)
        assert [path.name for path in here.parent.iterdir()] == ["1a2b"]

    def test_where_nothing_can_be_written_nothing_breaks(self, there: Path, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        compiled.take_over(there, tmp_path / "file" / "1a2b")
        compiled.take_over(tmp_path / "nowhere", tmp_path / "numba")
        assert not (tmp_path / "numba").exists()
