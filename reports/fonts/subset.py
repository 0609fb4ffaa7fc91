"""Makes the Latin subsets in this folder from the full Open Sans (Apache-2.0).

    pip install fonttools brotli
    python subset.py FOLDER_WITH_OPENSANS_TTF

The source has no U+2010, U+2011 and U+202F, no arrows and no geometric marks. The first three are
mapped to its hyphen and thin space; the others are drawn here, as plain shapes.
"""

import math
import sys
from pathlib import Path

from fontTools import subset
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

UNICODES = [
    *range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x2007, 0x200B), *range(0x2010, 0x2027),
    0x202F, 0x2030, 0x2039, 0x203A, 0x20AC, *range(0x2190, 0x2194), 0x2212, 0x2248, 0x2260, 0x2264, 0x2265,
    0x25B2, 0x25CB, 0x25CF,
]


def circle(x, y, r, clockwise):
    turn = -1 if clockwise else 1
    steps = [2 * math.pi * i / 48 * turn for i in range(48)]
    return [(round(x + r * math.cos(a)), round(y + r * math.sin(a))) for a in steps]


def arrow(degrees):
    bar, head = 75, 330
    shape = [(-620, -bar), (250, -bar), (250, -head), (640, 0), (250, head), (250, bar), (-620, bar)]
    a = math.radians(degrees)
    c, s = math.cos(a), math.sin(a)
    return list(reversed([(round(760 + x * c - y * s), round(560 + x * s + y * c)) for x, y in shape]))


DRAWN = {
    0x2190: [arrow(180)], 0x2191: [arrow(90)], 0x2192: [arrow(0)], 0x2193: [arrow(270)],
    0x25B2: [[(160, 100), (760, 1140), (1360, 100)]],
    0x25CB: [circle(760, 560, 520, True), circle(760, 560, 400, False)],
    0x25CF: [circle(760, 560, 520, True)],
}


def add(font, code, contours):
    name = f"uni{code:04X}"
    pen = TTGlyphPen(None)
    for contour in contours:
        pen.moveTo(contour[0])
        for point in contour[1:]:
            pen.lineTo(point)
        pen.closePath()
    font.setGlyphOrder([*font.getGlyphOrder(), name])
    font["glyf"][name] = pen.glyph()
    font["hmtx"][name] = (1520, min(x for contour in contours for x, _ in contour))
    alias(font, code, name)


def alias(font, code, name):
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap[code] = name


def main(source):
    for style in ("Regular", "Bold"):
        for flavor, ending in ((None, "ttf"), ("woff2", "woff2")):
            font = TTFont(source / f"OpenSans-{style}.ttf", recalcTimestamp=False)
            names = font.getBestCmap()
            alias(font, 0x2010, names[0x2D])
            alias(font, 0x2011, names[0x2D])
            alias(font, 0x202F, names[0x2009])
            for code, contours in DRAWN.items():
                add(font, code, contours)
            options = subset.Options(layout_features=["tnum", "lnum"], hinting=False, name_IDs=["*"], flavor=flavor)
            subsetter = subset.Subsetter(options)
            subsetter.populate(unicodes=UNICODES)
            subsetter.subset(font)
            font.flavor = flavor
            font.save(Path(__file__).with_name(f"OpenSans-{style}.{ending}"))


main(Path(sys.argv[1]))
