"""Portraits of people who do not exist: flat shapes in a few friendly colours, different for everybody."""

import io
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from PIL import Image, ImageDraw, ImageOps

SIZE = 640
# Shapes are drawn twice as large and then halved: Pillow's own edges are jagged.
SCALE = 2
QUALITY = 88

Colour = str
Box = tuple[float, float, float, float]
# From one angle to another in degrees, clockwise from three o'clock.
Turn = tuple[float, float]

# Lower and upper backdrop, its disc, the clothes: chosen together so that no two shout at one another.
PALETTES: tuple[tuple[Colour, Colour, Colour, Colour], ...] = (
    ("#f7d9c4", "#faf0e6", "#f2a97e", "#2f5d62"),
    ("#c9e4de", "#f4faf7", "#7fc8a9", "#3d3a5c"),
    ("#d6e0f5", "#f5f7fd", "#8fb0e8", "#a23b52"),
    ("#f3d6e4", "#fcf3f8", "#e08bb1", "#31576b"),
    ("#fbe7b2", "#fffaeb", "#f2c14e", "#5b3758"),
    ("#dcd3f0", "#f6f3fc", "#a08bd6", "#b5533c"),
    ("#cfe8ef", "#f2fafc", "#6fb7cf", "#c26a3a"),
    ("#e3e5d0", "#f8f9f0", "#a9b665", "#44475a"),
    ("#f0d2c8", "#fbf1ee", "#d97b66", "#27485d"),
    ("#d3e6d0", "#f3f9f1", "#84b97b", "#7a3e48"),
)
BLACK_HAIR = ("#1f1a1d", "#28201d")
DARK_HAIR = (*BLACK_HAIR, "#35261f", "#4a3226")
ANY_HAIR = (*DARK_HAIR, "#5a3a26", "#8a5a33", "#b9854c", "#d9b36c", "#7a2f2a")
GREY_HAIR = ("#8c8a8c", "#c9c5c1")
GREY_CHANCE = 0.12
# Skin, and the hair that is common with it.
COMPLEXIONS: tuple[tuple[Colour, tuple[Colour, ...]], ...] = (
    ("#f6d7c3", ANY_HAIR),
    ("#eec1a2", ANY_HAIR),
    ("#dca47f", DARK_HAIR),
    ("#c68a63", DARK_HAIR),
    ("#a66f4b", DARK_HAIR),
    ("#845338", BLACK_HAIR),
    ("#5f3b2a", BLACK_HAIR),
)
INK = "#2b2326"


@dataclass(frozen=True)
class Look:
    """Everything that chance decides about a portrait. `lean` moves the head sideways, in pixels of the picture."""

    backdrop: tuple[Colour, Colour]
    disc: Colour
    clothes: Colour
    skin: Colour
    hair: Colour
    style: int
    collar: int
    glasses: bool
    smile: float
    lean: float
    disc_at: tuple[float, float, float]


def portrait(person_id: uuid.UUID, name: str) -> bytes:
    """A square JPEG of `SIZE` pixels. The same id and name always give the same picture, byte for byte."""
    look = drawn_look(Random(f"{person_id} {name}"))
    picture = backdrop(look.backdrop)
    paint(ImageDraw.Draw(picture), look)
    return encoded(picture.reduce(SCALE))


def drawn_look(rng: Random) -> Look:
    bottom, top, disc, clothes = rng.choice(PALETTES)
    skin, hair = rng.choice(COMPLEXIONS)
    return Look(
        backdrop=(bottom, top),
        disc=disc,
        clothes=clothes,
        skin=skin,
        hair=rng.choice(GREY_HAIR if rng.random() < GREY_CHANCE else hair),
        style=rng.randrange(len(HAIR_STYLES)),
        collar=rng.randrange(len(COLLARS)),
        glasses=rng.random() < 0.3,
        smile=rng.uniform(0.3, 1),
        lean=rng.uniform(-14, 14),
        disc_at=(rng.uniform(150, 490), rng.uniform(170, 300), rng.uniform(150, 215)),
    )


def backdrop(colours: tuple[Colour, Colour]) -> Image.Image:
    bottom, top = colours
    side = SIZE * SCALE
    return ImageOps.colorize(Image.linear_gradient("L"), top, bottom).resize((side, side))


def encoded(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


class Pen:
    """Draws in pixels of the finished picture, whatever the scale."""

    def __init__(self, draw: ImageDraw.ImageDraw, lean: float = 0) -> None:
        self.draw = draw
        self.lean = lean

    def box(self, x: float, y: float, width: float, height: float) -> Box:
        """The box around a centre."""
        left, top = (x + self.lean - width / 2) * SCALE, (y - height / 2) * SCALE
        return left, top, left + width * SCALE, top + height * SCALE

    def ellipse(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        self.draw.ellipse(self.box(x, y, width, height), fill=colour)

    def block(self, x: float, y: float, width: float, height: float, colour: Colour, radius: float = 0) -> None:
        self.draw.rounded_rectangle(self.box(x, y, width, height), radius * SCALE, fill=colour)

    def slice(self, x: float, y: float, width: float, height: float, turn: Turn, colour: Colour) -> None:
        """Part of an ellipse, cut off straight."""
        self.draw.chord(self.box(x, y, width, height), *turn, fill=colour)

    def curve(self, x: float, y: float, width: float, height: float, turn: Turn, thick: float) -> None:
        self.draw.arc(self.box(x, y, width, height), *turn, fill=INK, width=round(thick * SCALE))

    def polygon(self, points: list[tuple[float, float]], colour: Colour) -> None:
        self.draw.polygon([((x + self.lean) * SCALE, y * SCALE) for x, y in points], fill=colour)


def paint(draw: ImageDraw.ImageDraw, look: Look) -> None:
    """Back to front, as one would cut it from paper."""
    still, head = Pen(draw), Pen(draw, look.lean)
    back, front = HAIR_STYLES[look.style]
    x, y, radius = look.disc_at
    still.ellipse(x, y, 2 * radius, 2 * radius, look.disc)
    back(head, look.hair)
    shoulders(still, look)
    neck(head, look)
    face(head, look)
    front(head, look.hair)
    if look.glasses:
        glasses(head)


def shoulders(pen: Pen, look: Look) -> None:
    pen.block(320, 660, 440, 340, look.clothes, radius=160)


def neck(pen: Pen, look: Look) -> None:
    pen.block(320, 450, 96, 140, shade(look.skin, 0.88), radius=46)
    COLLARS[look.collar](pen, look)


def face(pen: Pen, look: Look) -> None:
    for side in (-1, 1):
        pen.ellipse(320 + side * 103, 325, 42, 60, shade(look.skin, 0.92))
    pen.ellipse(320, 315, 206, 256, look.skin)
    for side in (-1, 1):
        pen.ellipse(320 + side * 45, 312, 17, 21, INK)
        pen.curve(320 + side * 45, 290, 46, 28, (205, 335), 5)
        pen.ellipse(320 + side * 66, 358, 40, 24, shade(look.skin, 0.93))
    pen.curve(320, 340, 26, 30, (40, 140), 5)
    pen.curve(320, 372, 84, 26 + 36 * look.smile, (25, 155), 6)


def glasses(pen: Pen) -> None:
    for side in (-1, 1):
        pen.curve(320 + side * 46, 314, 76, 72, (0, 360), 5)
    pen.curve(320, 314, 26, 20, (190, 350), 5)


def shade(colour: Colour, factor: float) -> Colour:
    """The colour, darker: each channel times `factor`."""
    return "#" + "".join(f"{round(int(colour[at : at + 2], 16) * factor):02x}" for at in (1, 3, 5))


def round_collar(pen: Pen, look: Look) -> None:
    pen.ellipse(320, 502, 164, 76, shade(look.skin, 0.88))


def v_collar(pen: Pen, look: Look) -> None:
    pen.polygon([(266, 490), (374, 490), (320, 588)], shade(look.skin, 0.88))


def high_collar(pen: Pen, look: Look) -> None:
    pen.block(320, 494, 132, 74, shade(look.clothes, 0.85), radius=30)


def scarf(pen: Pen, look: Look) -> None:
    pen.block(372, 566, 56, 130, shade(look.disc, 0.9), radius=24)
    pen.block(320, 500, 206, 72, look.disc, radius=36)


def nothing(pen: Pen, hair: Colour) -> None:
    """No hair on this side of the head."""


def cap_of_hair(pen: Pen, hair: Colour) -> None:
    pen.slice(320, 285, 226, 214, (188, 352), hair)


def parted_hair(pen: Pen, hair: Colour) -> None:
    pen.slice(282, 262, 200, 180, (150, 318), hair)
    pen.slice(372, 262, 140, 170, (215, 40), hair)


def fringe(pen: Pen, hair: Colour) -> None:
    pen.slice(320, 290, 232, 226, (184, 356), hair)
    pen.block(320, 268, 202, 52, hair, radius=20)


def curls(pen: Pen, hair: Colour) -> None:
    for x, y in ((226, 250), (258, 206), (312, 186), (368, 200), (408, 242)):
        pen.ellipse(x, y, 88, 84, hair)


def cloud_behind(pen: Pen, hair: Colour) -> None:
    pen.ellipse(320, 262, 350, 320, hair)


def long_behind(pen: Pen, hair: Colour) -> None:
    pen.block(320, 372, 272, 390, hair, radius=130)


def bob_behind(pen: Pen, hair: Colour) -> None:
    pen.block(320, 326, 272, 290, hair, radius=110)


def bun_behind(pen: Pen, hair: Colour) -> None:
    pen.ellipse(320, 160, 104, 96, hair)
    pen.ellipse(320, 280, 236, 230, hair)


def short_behind(pen: Pen, hair: Colour) -> None:
    pen.ellipse(320, 272, 230, 222, hair)


Stroke = Callable[[Pen, Colour], None]

# What is seen behind the head and what falls over the forehead.
HAIR_STYLES: tuple[tuple[Stroke, Stroke], ...] = (
    (short_behind, cap_of_hair),
    (short_behind, parted_hair),
    (long_behind, parted_hair),
    (long_behind, fringe),
    (bob_behind, fringe),
    (bob_behind, cap_of_hair),
    (bun_behind, cap_of_hair),
    (cloud_behind, nothing),
    (cloud_behind, curls),
    (short_behind, curls),
    (nothing, nothing),
)
COLLARS: tuple[Callable[[Pen, Look], None], ...] = (round_collar, v_collar, high_collar, scarf)
