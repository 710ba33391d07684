"""numba, where it is installed: the loops of the ranking become machine code; without it they run as they are, slowly.

Machine code is kept beside the source; NUMBA_CACHE_DIR moves it, and where nothing can be written it is made anew in each process. What
lies beside a source that cannot be written, as in an image, is taken over by the folder that NUMBA_CACHE_DIR names.
"""

import hashlib
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

Function = TypeVar("Function")

# So many members before it is read, a record is fetched.
AHEAD = 8


def take_over(there: Path, here: Path) -> None:
    """Copies machine code that was made earlier, whole or not at all: numba only uses folders that it may write to.

    Code for another kind of processor, or another version of numba, does no harm: it is not used, and made anew.
    """
    if not there.is_dir() or here.exists():
        return
    with suppress(OSError):  # nothing can be written, or another process was quicker
        here.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=here.parent) as scratch:
            shutil.copytree(there, copy := Path(scratch) / here.name)
            copy.rename(here)


try:
    import numba
    from llvmlite import ir
    from numba.core import cgutils
    from numba.core.errors import NumbaError
    from numba.extending import intrinsic
    from numba.np.arrayobj import make_array
except ImportError:  # pragma: no cover - the suite has numba; one test runs the loops without it
    numba = None  # type: ignore[assignment]

if numba is None or TYPE_CHECKING:

    def compiled(function: Function) -> Function:
        return function

    inlined = compiled_loosely = compiled

    def ones(word: Any) -> Any:
        """How many bits of a 64-bit word are set."""
        return np.int64(np.bitwise_count(word))

    def fetch(column: Any, row: Any) -> None:
        """Asks the memory for a row that is read soon."""

else:
    OPTIONS = {"nogil": True, "error_model": "numpy"}

    def digest(folder: Path) -> str:
        """Of all loops. numba looks whether the file of a kept function has changed, but not those of what it calls."""
        return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(folder.glob("*.py")))).hexdigest()[:16]

    HERE = Path(__file__).parent
    MADE = HERE / "__pycache__" / digest(HERE)
    KEPT = Path(numba.config.CACHE_DIR) / MADE.name if numba.config.CACHE_DIR else MADE
    take_over(MADE, KEPT)
    numba.config.CACHE_DIR = str(KEPT)

    def compiled(function: Function) -> Function:
        try:
            return numba.njit(function, cache=True, **OPTIONS)
        except (NumbaError, RuntimeError):  # nowhere to keep the machine code
            return numba.njit(function, **OPTIONS)

    def compiled_loosely(function: Function) -> Function:
        """For sums of many products: they may be added in any order, several at a time."""
        return numba.njit(function, fastmath={"reassoc", "contract", "nsz"}, **OPTIONS)

    def inlined(function: Function) -> Function:
        return numba.njit(function, inline="always", **OPTIONS)

    @intrinsic
    def ones(typing_context: Any, word: Any) -> Any:
        """How many bits of a 64-bit word are set: the processor's own instruction."""

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.ctpop(arguments[0])

        return numba.types.int64(numba.types.uint64), generate

    @intrinsic
    def fetch(typing_context: Any, column: Any, row: Any) -> Any:
        """Asks the memory for the cache line where a row of a 2-D column begins: by the time it is read, it has come."""

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            array = make_array(signature.args[0])(context, builder, arguments[0])
            stride = cgutils.unpack_tuple(builder, array.strides)[0]
            byte = ir.IntType(8).as_pointer()
            place = builder.mul(builder.zext(arguments[1], stride.type), stride)
            address = builder.gep(builder.bitcast(array.data, byte), [place], source_etype=ir.IntType(8))
            kind = ir.FunctionType(ir.VoidType(), [byte, ir.IntType(32), ir.IntType(32), ir.IntType(32)])
            numbers = [ir.IntType(32)(number) for number in (0, 3, 1)]  # to read, to keep, data
            builder.call(builder.module.declare_intrinsic("llvm.prefetch", [byte], kind), [address, *numbers])
            return context.get_dummy_value()

        return numba.types.none(column, row), generate
