"""The desk's call: where the picture stands, by keys and remembered; the small window; the screen shown; messages."""

from playwright.sync_api import Page, expect

from e2e.server import Server
from e2e.steps import JENS, becomes_true, button, comes_back, heading, is_talking, press, printed_link, talk, veil

SCREEN = """() => (navigator.mediaDevices.getDisplayMedia = async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 360 });
  const draw = () => {
    canvas.getContext("2d").fillStyle = `hsl(${performance.now() / 10}deg 80% 50%)`;
    canvas.getContext("2d").fillRect(0, 0, 640, 360);
    requestAnimationFrame(draw);
  };
  draw();
  return canvas.captureStream(15);
})"""
"""A screen to show: headless browsers have none of their own to choose from."""


END = "**/waiting/call/end"


def layout(desk: Page, name: str) -> None:
    """The picture stands like this."""
    expect(desk.locator(f"call-stage[data-layout={name}]")).to_be_visible()


def test_layouts_screen_and_messages_by_keys(desk: Page, phone: Page, server: Server) -> None:
    talk(desk, phone, printed_link(server))
    desk.locator("#main").focus()
    desk.keyboard.press("?")
    expect(desk.get_by_role("dialog", name="Taster i samtalen")).to_be_visible()
    desk.keyboard.press("Escape")
    for key, name in (("3", "full"), ("1", "top"), ("2", "split")):
        desk.keyboard.press(key)
        layout(desk, name)
    expect(desk.get_by_role("heading", name="Venteværelse")).to_be_hidden()

    for _off_and_on in range(2):
        desk.keyboard.press("v")
        desk.keyboard.press("n")
        expect(desk.get_by_role("dialog")).to_have_count(0)
    expect(desk.locator(".desk-waiting [aria-keyshortcuts]")).to_have_count(0)

    desk.keyboard.press("c")
    desk.get_by_label("Skriv til de andre i samtalen").fill("Læs mere: https://www.sundhed.dk/borger.")
    desk.keyboard.press("Enter")
    link = phone.get_by_role("link", name="https://www.sundhed.dk/borger")
    expect(link).to_have_attribute("href", "https://www.sundhed.dk/borger")
    phone.get_by_label("Skriv til de andre i samtalen").fill("<b>Tak</b>")
    button(phone, "Send").click()
    expect(desk.locator(".call-chat").get_by_text("<b>Tak</b>")).to_be_visible()
    phone.locator(".call-chat").get_by_role("button", name="Luk").click()

    desk.evaluate(SCREEN)
    press(desk, "Skærm")
    expect(desk.get_by_text("De andre kan se din skærm")).to_be_visible()
    shared = '.call-person[data-of="screen"]:not([hidden]) video'
    becomes_true(phone, f"document.querySelector('{shared}')?.videoWidth > 0")
    button(desk, "Stop deling").click()
    expect(phone.locator(shared)).to_be_hidden()

    desk.reload()
    layout(desk, "split")
    comes_back(desk)
    is_talking(phone)

    phone.route(END, lambda route: route.abort())
    press(phone, "Læg på")
    expect(veil(phone, "Samtalen er slut")).to_be_visible()
    phone.unroute(END)
    expect(heading(desk, f"Hvordan gik det med {JENS.name}?")).to_be_visible()
