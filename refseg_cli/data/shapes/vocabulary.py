"""What the generated benchmark can draw and what it calls it: shapes, colours and sizes."""

from typing import Final

CANVAS: Final = 320
"""Width and height of a picture, in pixels."""

SHAPES: Final = {
    "circle": ("circle", "disc"),
    "square": ("square",),
    "triangle": ("triangle",),
    "star": ("star",),
    "heart": ("heart",),
    "cross": ("cross", "plus"),
    "diamond": ("diamond",),
    "moon": ("moon", "crescent"),
}
"""Each shape with its nouns."""

COLOURS: Final = {
    "red": (("red",), (206, 34, 40)),
    "orange": (("orange",), (244, 128, 20)),
    "yellow": (("yellow",), (246, 216, 48)),
    "green": (("green",), (44, 152, 62)),
    "blue": (("blue",), (38, 92, 210)),
    "purple": (("purple", "violet"), (124, 48, 164)),
    "pink": (("pink",), (248, 142, 192)),
    "brown": (("brown",), (108, 62, 30)),
    "white": (("white",), (248, 248, 246)),
    "black": (("black",), (26, 26, 30)),
}
"""Each colour with its adjectives and its plain red, green and blue, 0 to 255."""

SIZES: Final = {
    "small": (("small", "little"), (12, 14)),
    "medium": (("medium",), (19, 22)),
    "large": (("large", "big"), (30, 35)),
}
"""Each size with its adjectives and its least and greatest radius, in pixels: see `Thing.radius`."""

HELD_OUT: Final = frozenset(
    {
        ("pink", "circle"),
        ("orange", "square"),
        ("purple", "triangle"),
        ("brown", "star"),
        ("green", "heart"),
        ("black", "cross"),
        ("blue", "diamond"),
        ("red", "moon"),
    }
)
"""Pairs of a colour and a shape that are drawn in the split `test-unseen` only."""
