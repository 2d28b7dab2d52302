"""Whether a page is well-formed XML that refers to nothing outside of itself. Prints what is drawn, by title."""
import re
import sys
import xml.etree.ElementTree as ET

XHTML, SVG = "{http://www.w3.org/1999/xhtml}", "{http://www.w3.org/2000/svg}"

text = open(sys.argv[1], encoding="utf-8").read()
root = ET.fromstring(text)
assert root.tag == XHTML + "html", root.tag
for element in root.iter():
    tag = element.tag.split("}")[1]
    assert tag not in ("script", "link", "iframe", "img", "object", "embed", "image"), tag
    for name, value in element.attrib.items():
        assert name not in ("src", "href", "data", "action"), (tag, name, value)
        assert "url(" not in value and "nan" not in value and "inf" not in value.replace("info", ""), (tag, name, value)
        if name in ("x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "width", "height", "r") and tag not in ("meta",):
            assert -50 <= float(value) <= 5000, (tag, name, value)
        if name == "d":
            assert re.fullmatch(r"([ML]-?\d+\.\d -?\d+\.\d)+", value), value
style = root.find(f".//{XHTML}style").text
assert "url(" not in style and "@import" not in style and "http" not in style
assert "prefers-color-scheme: dark" in style
for section in root.iter(XHTML + "section"):
    heading = section.find(XHTML + "h2")
    if heading is None:
        continue
    svg = section.find(SVG + "svg")
    is_none = section.find(f"{XHTML}p[@class='none']") is not None
    marks = 0 if svg is None else len(list(svg.iter(SVG + "path"))) + len(list(svg.iter(SVG + "rect")))
    print(f"{heading.text}: {'none' if is_none else 'table' if svg is None else 'chart' if marks else 'empty chart'}")
