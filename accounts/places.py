"""Where a member is, as coarsely as it is ever known.

A point is snapped to a cell of about 5 km before anything is stored, logged or compared: rounding a distance after
computing it from exact points would let a moving observer find a member by trilateration.
"""

import math

CELL_KM = 5.0
EARTH_RADIUS_KM = 6371.0
KM_PER_DEGREE = math.pi * EARTH_RADIUS_KM / 180
ROW_DEGREES = CELL_KM / KM_PER_DEGREE
BANDS = ((5.0, "<5"), (25.0, "5-25"), (100.0, "25-100"))

Cell = tuple[int, int]


def columns(row: int) -> int:
    """How many cells one row of latitude has: cells keep their width in km towards the poles."""
    width = math.cos(math.radians((row + 0.5) * ROW_DEGREES))
    return max(1, round(360 * width / ROW_DEGREES))


def cell_of(latitude: float, longitude: float) -> str:
    """The cell of a point in degrees as "row:column"."""
    row = math.floor(latitude / ROW_DEGREES)
    count = columns(row)
    return f"{row}:{math.floor((longitude % 360) / 360 * count) % count}"


def centre(cell: str) -> tuple[float, float]:
    """Latitude and longitude in degrees of the middle of a cell."""
    row, column = map(int, cell.split(":"))
    longitude = (column + 0.5) * 360 / columns(row)
    return (row + 0.5) * ROW_DEGREES, (longitude + 180) % 360 - 180


def distance_km(a: str, b: str) -> float:
    """Great-circle distance between the middles of two cells (haversine); 0 within one cell."""
    if a == b:
        return 0.0
    (lat_a, lon_a), (lat_b, lon_b) = centre(a), centre(b)
    phi_a, phi_b = math.radians(lat_a), math.radians(lat_b)
    h = math.sin((phi_b - phi_a) / 2) ** 2 + math.cos(phi_a) * math.cos(phi_b) * math.sin(math.radians(lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(h)))


def distance_band(a: str, b: str) -> str | None:
    """How far two cells are from one another, in the words others see; None when one is unknown."""
    if not a or not b:
        return None
    km = distance_km(a, b)
    return next((band for limit, band in BANDS if km < limit), "100+")
