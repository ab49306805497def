"""The picture of the README: a desk in a call, the waiting room beside it. Taken by `make screenshots`, never else."""

import zlib
from base64 import b64decode, b64encode
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import Visitors
from e2e.steps import JENS, LONG, answer, becomes_true, call_in, come, is_talking, printed_link, sign_in

SIGNATURE = b"\x89PNG\r\n\x1a\n"
SITTERS = Path(__file__).parent / "sitters.js"
SHARP = "document.querySelector('.call-remote').videoWidth >= 640"

FEWER_COLOURS = """async (png) => {
  const bytes = Uint8Array.from(atob(png), (each) => each.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, image.width, image.height);
  pixels.data.forEach((value, at) => (pixels.data[at] = Math.round(value / 5) * 5));
  context.putImageData(pixels, 0, 0);
  return canvas.toDataURL("image/png").split(",")[1];
}"""
"""A video is never quite still, which PNG pays dearly for and no eye sees."""


@pytest.mark.picture
def test_readme_picture(visitors: Visitors, picture_folder: Path) -> None:
    desk = visitors.open(reduced_motion="reduce", viewport={"width": 1440, "height": 820}).new_page()
    phone = visitors.open("Pixel 7 landscape").new_page()
    for page, who in ((desk, "doctor"), (phone, "patient")):
        page.add_init_script(f"window.sitter = {who!r};")
        page.add_init_script(path=SITTERS)
    sign_in(desk)
    come(phone, printed_link(visitors.server), JENS)
    call_in(desk, JENS.name)
    answer(phone)
    is_talking(phone, desk)
    becomes_true(desk, SHARP, LONG)
    expect(desk.get_by_text("God forbindelse")).to_be_visible()
    desk.evaluate("scrollTo(0, 0)")
    picture = desk.screenshot(scale="css", animations="disabled", caret="initial")
    (picture_folder / "readme.png").write_bytes(_smaller(desk.context.new_page(), picture))


def _smaller(page: Page, png: bytes) -> bytes:
    """The same picture in fewer colours, and packed as tightly as zlib can: browsers rather are quick."""
    picture = b64decode(page.evaluate(FEWER_COLOURS, b64encode(png).decode()))
    parts, data, at = [], b"", len(SIGNATURE)
    while at < len(picture):
        end = at + 12 + int.from_bytes(picture[at : at + 4])
        if picture[at + 4 : at + 8] == b"IDAT":
            data += picture[at + 8 : end - 4]
        else:
            parts.append(picture[at:end])
        at = end
    packed = b"IDAT" + zlib.compress(zlib.decompress(data), 9)
    chunk = (len(packed) - 4).to_bytes(4) + packed + zlib.crc32(packed).to_bytes(4)
    return b"".join((SIGNATURE, *parts[:-1], chunk, parts[-1]))
