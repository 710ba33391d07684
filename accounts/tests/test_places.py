"""Places are cells of about 5 km, and distances are bands between blocks of about four of them."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from accounts.places import BLOCK_KM, CELL_KM, EARTH_RADIUS_KM, cell_of, centre, columns, distance_band, distance_km, row_degrees, seen_at

pytestmark = pytest.mark.unit

POINTS = st.tuples(st.floats(-90, 90), st.floats(-180, 180))
CELLS = POINTS.map(lambda point: cell_of(*point))
LONDON, PARIS = cell_of(51.5074, -0.1278), cell_of(48.8566, 2.3522)


def kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """By the spherical law of cosines: another formula than the one that is tested."""
    (lat_a, lon_a), (lat_b, lon_b) = ((math.radians(x), math.radians(y)) for x, y in (a, b))
    cosine = math.sin(lat_a) * math.sin(lat_b) + math.cos(lat_a) * math.cos(lat_b) * math.cos(lon_b - lon_a)
    return EARTH_RADIUS_KM * math.acos(max(-1.0, min(1.0, cosine)))


@given(CELLS, CELLS)
def test_a_distance_is_the_same_from_both_sides(a: str, b: str) -> None:
    assert distance_km(a, b) == pytest.approx(distance_km(b, a), abs=1e-9)
    assert distance_band(a, b) == distance_band(b, a)


@given(CELLS, CELLS)
def test_a_distance_is_at_most_half_the_earth(a: str, b: str) -> None:
    assert 0.0 <= distance_km(a, b) <= math.pi * EARTH_RADIUS_KM + 1e-6


@given(POINTS)
def test_a_point_is_near_the_middle_of_its_cell(point: tuple[float, float]) -> None:
    assert kilometres(point, centre(cell_of(*point))) <= CELL_KM


@given(POINTS)
def test_the_middle_of_a_cell_lies_in_it(point: tuple[float, float]) -> None:
    cell = cell_of(*point)
    assume(abs(centre(cell)[0]) <= 90)  # the outermost row reaches over the pole
    assert cell_of(*centre(cell)) == cell


@given(POINTS, POINTS)
def test_a_distance_is_off_by_a_block_and_a_cell_on_each_side_at_most(a: tuple[float, float], b: tuple[float, float]) -> None:
    assert abs(distance_km(cell_of(*a), cell_of(*b)) - kilometres(a, b)) <= 2 * (BLOCK_KM + CELL_KM) * math.sqrt(0.5) + 0.1


def test_the_cells_of_a_block_cannot_be_told_apart() -> None:
    cells = sorted({cell_of(48 + 0.01 * north, 11 + 0.01 * east) for north in range(60) for east in range(60)})
    blocks = [{other for other in cells if seen_at(other) == seen_at(cell)} for cell in cells]
    assert max(map(len, blocks)) == 4
    assert all(len({distance_km(observer, cell) for cell in block}) == 1 for block in blocks for observer in cells[:3])


@given(st.floats(-89, 89))
def test_cells_keep_their_width_towards_the_poles(latitude: float) -> None:
    row = math.floor(latitude / row_degrees())
    around = 2 * math.pi * EARTH_RADIUS_KM * math.cos(math.radians((row + 0.5) * row_degrees()))
    assert around / columns(row) == pytest.approx(CELL_KM, rel=0.05)


@pytest.mark.parametrize("point", [(90, 0), (-90, 0), (0, 180), (0, -180), (0, 0), (90, 180), (-90, -180)])
def test_the_edges_of_the_world_have_cells(point: tuple[float, float]) -> None:
    assert len(cell_of(*point)) <= 12


def test_180_east_is_180_west() -> None:
    assert cell_of(10, 180) == cell_of(10, -180)
    assert distance_km(cell_of(10, 179.99), cell_of(10, -179.99)) < 2 * BLOCK_KM


def test_london_is_344_km_from_paris() -> None:
    assert distance_km(LONDON, PARIS) == pytest.approx(344, abs=BLOCK_KM)


@pytest.mark.parametrize(
    ("rows", "band"), [(0, "<5"), (1, "<5"), (2, "5-25"), (5, "5-25"), (6, "25-100"), (19, "25-100"), (20, "100+"), (2000, "100+")]
)
def test_bands(rows: int, band: str) -> None:
    assert distance_band("0:0", f"{rows}:0") == band


# What pages say of a band (components/band.html), and as much as "about" may be off.
SAID = {"<5": (0, 15), "5-25": (0, 40), "25-100": (15, 115), "100+": (85, math.inf)}
ABOUT_KM = 4


@given(st.floats(-66, 66), st.floats(-179, 179), st.floats(-1, 1), st.floats(-1, 1))
def test_what_pages_say_of_a_band_is_true_of_the_two_places(latitude: float, longitude: float, north: float, east: float) -> None:
    here, there = (latitude, longitude), (latitude + north, longitude + east)
    band = distance_band(cell_of(*here), cell_of(*there))
    assert band is not None
    nearest, farthest = SAID[band]
    assert nearest - ABOUT_KM <= kilometres(here, there) <= farthest + ABOUT_KM


@pytest.mark.parametrize(("a", "b"), [("", ""), (LONDON, ""), ("", LONDON)])
def test_without_a_place_there_is_no_band(a: str, b: str) -> None:
    assert distance_band(a, b) is None
