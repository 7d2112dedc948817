#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""report_browser.py CHROMIUM PAGE PICTURES [DIRECTORY]: the page in a real browser.

It is looked at 1280 and 400 pixels wide, light and dark. In each: nothing wider than the window, every
picture there and inside of it, letters of 10 pixels and more, none over another; in the screenshot the
colour of each curve where its picture is. No script error, nothing fetched. Exit 1 after lines that
say what is wrong. The screenshots stay in DIRECTORY if that is given.
"""
import io
import sys
import tempfile

from PIL import Image

from chromium import Chromium

WIDTHS = (1280, 400)
COLOURS = {  # background, curves
    "light": ("#ffffff", ["#1f6fb4", "#d95f02", "#2e7d32", "#7b3fa0", "#b0126b", "#00808a", "#8a6a00",
                          "#555555"]),
    "dark": ("#15171a", ["#6ab0f3", "#ff9d4d", "#7fce83", "#c79be8", "#ff7fbf", "#4fd0da", "#e0be50",
                         "#bbbbbb"]),
}
# From inside the page, which has no script of its own.
PROBE = """(() => {
	const size = e => parseFloat(getComputedStyle(e).fontSize), root = document.documentElement;
	const box = e => {
		const r = e.getBoundingClientRect();
		return {left: r.left, top: r.top + scrollY, right: r.right, bottom: r.bottom + scrollY, text: e.textContent};
	};
	const picture = f => {
		const svg = f.querySelector("svg.chart"), texts = [...svg.querySelectorAll("text")];
		return {
			title: f.querySelector("figcaption").textContent, svg: box(svg),
			curves: [...svg.querySelectorAll("polyline")].map(l => l.getTotalLength()),
			letters: texts.map(t => size(t) * t.getScreenCTM().a), texts: texts.map(box),
			legend: f.querySelectorAll(".legend li").length,
		};
	};
	return {
		width: innerWidth, overflow: Math.max(root.scrollWidth, document.body.scrollWidth) - innerWidth,
		small: [...document.querySelectorAll("td, th, li, p, a")].filter(e => size(e) < 10).length,
		pictures: [...document.querySelectorAll("figure")].map(picture),
	};
})()"""


def overlap(a, b):
    """More than a pixel of each other."""
    return (min(a["right"], b["right"]) - max(a["left"], b["left"]) > 1 and
            min(a["bottom"], b["bottom"]) - max(a["top"], b["top"]) > 1)


def inside(a, b):
    return (a["left"] >= b["left"] - 1 and a["right"] <= b["right"] + 1 and
            a["top"] >= b["top"] - 1 and a["bottom"] <= b["bottom"] + 1)


def check_picture(picture, width):
    where = f"{width} wide, '{picture['title']}'"
    svg, texts = picture["svg"], picture["texts"]
    if svg["right"] - svg["left"] < min(350, width - 50) or svg["right"] > width:
        yield f"{where}: from {svg['left']} to {svg['right']}"
    if not picture["curves"] or min(picture["curves"]) < 20:
        yield f"{where}: curves as long as {picture['curves']}"
    if len(picture["curves"]) != picture["legend"]:
        yield f"{where}: {picture['legend']} words for {len(picture['curves'])} curves"
    if min(picture["letters"]) < 10:
        yield f"{where}: letters of {min(picture['letters']):.1f} pixels"
    for i, text in enumerate(texts):
        if not inside(text, svg):
            yield f"{where}: '{text['text']}' is cut off"
        for other in texts[i + 1:]:
            if overlap(text, other):
                yield f"{where}: '{text['text']}' over '{other['text']}'"


def check_layout(look, width, pictures):
    if look["width"] != width:
        yield f"{width} wide: the window has {look['width']}"
    if look["overflow"] > 0:
        yield f"{width} wide: {look['overflow']} pixels too wide"
    if look["small"]:
        yield f"{width} wide: {look['small']} texts below 10 pixels"
    if len(look["pictures"]) != pictures:
        yield f"{width} wide: {len(look['pictures'])} pictures, not {pictures}"
    for picture in look["pictures"]:
        yield from check_picture(picture, width)


def check_pixels(image, look, scheme):
    background, palette = COLOURS[scheme]
    rgb = [tuple(bytes.fromhex(c[1:])) for c in (background, *palette)]
    if image.getpixel((1, 1)) != rgb[0]:
        yield f"{scheme}: the page is {image.getpixel((1, 1))}, not {background}"
    for picture in look["pictures"]:
        svg = picture["svg"]
        part = image.crop(tuple(int(svg[side]) for side in ("left", "top", "right", "bottom")))
        found = {colour: n for n, colour in part.getcolors(1 << 20)}
        for i in range(len(picture["curves"])):
            if found.get(rgb[1 + i], 0) < 30:
                yield (f"{scheme}, {image.width} wide, '{picture['title']}': curve {i} has "
                       f"{found.get(rgb[1 + i], 0)} pixels of its colour")


def look_at(browser, page, pictures, keep):
    """All that is wrong."""
    for scheme in COLOURS:
        for width in WIDTHS:
            browser.show(page, width, scheme)
            look = browser.evaluate(PROBE)
            yield from check_layout(look, width, pictures)
            # The pictures stand before the tables.
            height = max(p["svg"]["bottom"] for p in look["pictures"])
            png = browser.screenshot(width, height)
            yield from check_pixels(Image.open(io.BytesIO(png)).convert("RGB"), look, scheme)
            if keep:
                with open(f"{keep}/{scheme}-{width}.png", "wb") as file:
                    file.write(png)
    yield from browser.errors


def main(program, page, pictures, keep=None):
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        browser = Chromium(program, directory)
        try:
            wrong = list(dict.fromkeys(look_at(browser, page, int(pictures), keep)))
        finally:
            browser.close()
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
