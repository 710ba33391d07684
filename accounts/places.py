"""Where a member is, as coarsely as it is ever known.

A point is snapped to a cell of about 5 km before anything is stored, logged or compared: rounding a distance after
computing it from exact points would let a moving observer find a member by trilateration. Who asks often enough still
finds out what distances are told between. So that is not the cell but a block of about four: `manage.py drill accounts_places`.
"""

import math

CELL_KM = 5.0
BLOCK_KM = 2 * CELL_KM
EARTH_RADIUS_KM = 6371.0
KM_PER_DEGREE = math.pi * EARTH_RADIUS_KM / 180
# Of the distance between blocks. People of one block, "<5", may be 15 km apart, and those of two blocks as much nearer or farther than
# their middles: pages say so (components/band.html).
BANDS = ((5.0, "<5"), (25.0, "5-25"), (100.0, "25-100"))

Square = tuple[int, int]


def row_degrees(km: float = CELL_KM) -> float:
    return km / KM_PER_DEGREE


def columns(row: int, km: float = CELL_KM) -> int:
    """How many squares one row of latitude has: they keep their width in km towards the poles."""
    width = math.cos(math.radians((row + 0.5) * row_degrees(km)))
    return max(1, round(360 * width / row_degrees(km)))


def square_of(latitude: float, longitude: float, km: float) -> Square:
    """Row and column of the square, `km` wide, that a point in degrees lies in."""
    row = math.floor(latitude / row_degrees(km))
    count = columns(row, km)
    return row, math.floor((longitude % 360) / 360 * count) % count


def middle(square: Square, km: float) -> tuple[float, float]:
    """Latitude and longitude in degrees."""
    row, column = square
    longitude = (column + 0.5) * 360 / columns(row, km)
    return (row + 0.5) * row_degrees(km), (longitude + 180) % 360 - 180


def cell_of(latitude: float, longitude: float) -> str:
    """The cell of a point in degrees as "row:column"."""
    row, column = square_of(latitude, longitude, CELL_KM)
    return f"{row}:{column}"


def centre(cell: str) -> tuple[float, float]:
    """Latitude and longitude in degrees of the middle of a cell."""
    row, column = map(int, cell.split(":"))
    return middle((row, column), CELL_KM)


def seen_at(cell: str) -> tuple[float, float]:
    """Where others are told that a cell is, in degrees: the middle of the block that the cell's middle lies in."""
    return middle(square_of(*centre(cell), BLOCK_KM), BLOCK_KM)


def kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance between two points in degrees (haversine)."""
    phi_a, phi_b = math.radians(a[0]), math.radians(b[0])
    h = math.sin((phi_b - phi_a) / 2) ** 2 + math.cos(phi_a) * math.cos(phi_b) * math.sin(math.radians(b[1] - a[1]) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(h)))


def distance_km(a: str, b: str) -> float:
    """How far the blocks of two cells are from one another; 0 within one block."""
    return kilometres(seen_at(a), seen_at(b))


def distance_band(a: str, b: str) -> str | None:
    """How far two cells are from one another, in the words others see; None when one is unknown."""
    if not a or not b:
        return None
    km = distance_km(a, b)
    return next((band for limit, band in BANDS if km < limit), "100+")
