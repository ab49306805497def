"""Pages of the days before: the desk's equipment test, who needs help, and the measurements asked for, held to axe."""

from playwright.sync_api import expect

from e2e.axe import Eye
from e2e.conftest import Visitors
from e2e.steps import SARA, sign_in


def test_the_clinics_side_of_the_preparation(everybody: Visitors, eye: Eye) -> None:
    desk = everybody.open().new_page()
    sign_in(desk, SARA)
    desk.goto(f"/equipment?lang={eye.language}")
    eye.look(desk, "equipment")
    desk.locator("[data-do=start]").click()
    expect(desk.locator("[data-step=camera] [data-verdict=ok]")).to_be_enabled()
    eye.look(desk, "equipment, camera")
    for name, path in {"help needed": "/help-needed", "types": "/settings/types"}.items():
        desk.goto(path)
        eye.look(desk, name)
    desk.locator("a[href$='/preparation']").first.click()
    eye.look(desk, "measurements asked for")
