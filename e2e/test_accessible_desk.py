"""axe finds nothing on any screen of the desk in any state, nor on either side of a call; see test_accessible.py."""

from playwright.sync_api import Page, expect

from e2e.axe import Eye
from e2e.conftest import Visitors
from e2e.lines import Line
from e2e.steps import JENS, METTE, SARA, at_the_desk, is_talking, printed_link, put_away, row


def test_the_desk_and_its_pages(visitors: Visitors, eye: Eye) -> None:
    desk = at_the_desk(visitors, eye.language, SARA)
    eye.look(desk, "desk")
    row(desk, "Birthe Sørensen").locator("summary").click()
    eye.look(desk, "desk, a patient's menu")
    desk.locator(".bar-person").click()
    eye.look(desk, "desk, own menu")
    for name, path in {
        "desk, mine": "/desk?mine=1",
        "desk, an empty day": "/desk?day=2030-01-01",
        "booking, page": "/bookings/new",
        "new patient, page": "/patients/new",
        "announcement, page": "/queue/announcement",
        "patients": "/patients",
        "outbox": "/outbox",
        "outbox, trouble": "/outbox?show=trouble",
        "team": "/team",
        "nobody's appointment": "/desk/appointments/00000000-0000-4000-8000-000000000000/move",
    }.items():
        desk.goto(path)
        eye.look(desk, name)
    desk.goto("/patients")
    desk.locator("main [name=q]").fill("an")
    desk.locator("main form button.primary").click()
    expect(desk.locator("tbody tr").first).to_be_visible()
    eye.look(desk, "patients found")
    desk.goto("/team")
    for name, words in {"name": "Ny Kollega", "email": "ny@nordby.example"}.items():
        desk.locator(f"main [name={name}]").fill(words)
    desk.locator("main form[action='/team'] button.primary").click()
    eye.look(desk, "team, a colleague invited")
    invitation = desk.locator(".banner code").inner_text()
    guest = visitors.reader(eye.language, "")
    guest.goto(invitation)
    eye.look(guest, "invitation")
    guest.locator("[name=password]").fill("short")
    guest.locator("main form button.primary").click()
    expect(guest.locator(".error")).to_be_visible()
    eye.look(guest, "invitation, password refused")


def test_the_desks_dialogs(visitors: Visitors, eye: Eye) -> None:
    desk = at_the_desk(visitors, eye.language, METTE)
    dialog = desk.locator("dialog[open]")
    desk.locator("[data-key=n]").click()
    expect(dialog).to_be_visible()
    eye.look(desk, "booking")
    dialog.locator("button.primary").click()
    expect(dialog.locator(".error").first).to_be_visible()
    eye.look(desk, "booking refused")
    dialog.locator("#patient-search").press_sequentially("a")
    dialog.locator("#patient-search").press_sequentially("b")
    expect(dialog.locator("[role=option]").first).to_be_visible()
    eye.look(desk, "booking, patients offered")
    dialog.locator("#patient-search").press("Enter")
    expect(dialog.locator(".requirements")).to_be_visible()
    eye.look(desk, "booking, patient without a phone for video")
    dialog.locator(".booking-new a").click()
    expect(dialog.locator("[name=born]")).to_be_visible()
    eye.look(desk, "new patient")
    dialog.locator("[name=eid][value=guardian]").locator("xpath=ancestor::label").click()
    dialog.locator("button.primary").click()
    expect(dialog.locator(".error").first).to_be_visible()
    eye.look(desk, "new patient with a guardian, refused")
    desk.context.set_offline(True)
    dialog.locator("button.primary").click()
    expect(dialog.locator("toast-note")).to_be_visible()
    put_away(desk)
    expect(desk.locator("offline-banner")).to_be_visible()
    eye.look(desk, "desk, no network")


def test_the_desks_words_and_ways_to_close(visitors: Visitors, eye: Eye) -> None:
    desk = at_the_desk(visitors, eye.language, METTE)
    dialog = desk.locator("dialog[open]")
    row(desk, "Birthe Sørensen").locator("summary").click()
    row(desk, "Birthe Sørensen").locator("a[href$='/word']").click()
    expect(dialog).to_be_visible()
    eye.look(desk, "word to one")
    put_away(desk)
    row(desk, JENS.name).locator("summary").click()
    row(desk, JENS.name).locator("a[href$='/move']").click()
    expect(dialog).to_be_visible()
    eye.look(desk, "move")
    with desk.expect_response("**/move?staff=*"):
        dialog.locator("[name=staff]").select_option("Anders Bak")
    expect(dialog.locator("[name=staff] option[selected]")).to_have_text("Anders Bak")
    expect(dialog.locator("time-choice")).to_be_visible()
    put_away(desk)
    desk.locator("a[href='/queue/announcement']").click()
    dialog.locator("textarea").fill("Vi er lidt bagud.")
    eye.look(desk, "announcement")
    dialog.locator("button.primary").click()
    expect(desk.locator(".open-said")).to_be_visible()
    eye.look(desk, "desk, announced")
    desk.locator("#opening form", has=desk.locator("[value=keep]")).locator("button").click()
    expect(desk.locator("#opening")).to_have_attribute("data-state", "closed")
    eye.look(desk, "desk, closed, with a word about it")
    desk.locator("#search").press_sequentially("sig")
    expect(desk.locator("#search-options [role=option]").first).to_be_visible()
    eye.look(desk, "desk, search")


def test_waiting_ringing_and_talking(visitors: Visitors, eye: Eye) -> None:
    desk = at_the_desk(visitors, eye.language, METTE)
    phone = visitors.reader(eye.language)
    line = Line(phone)
    phone.goto(printed_link(visitors.server))
    for name, digits in zip(("day", "month", "year"), JENS.born, strict=True):
        phone.locator(f"[name={name}]").fill(digits)
    phone.locator("main form button.primary").click()
    phone.locator("form[action$='/place'] button").click()
    expect(phone.locator("body[data-live=open]")).to_be_attached()
    for summary in phone.locator(".waiting-more summary").all():
        summary.click()
    phone.locator("[data-sound]").click()
    phone.locator("waiting-room [data-camera]").click()
    expect(phone.locator("[data-preview] video")).to_be_visible()
    expect(row(desk, JENS.name)).to_have_attribute("data-group", "present")
    row(desk, JENS.name).locator("summary").click()
    row(desk, JENS.name).locator("a[href$='/word']").click()
    desk.locator("dialog[open] textarea").fill("Du er den næste.")
    desk.locator("dialog[open] button.primary").click()
    expect(phone.locator("#waiting-news .waiting-note")).to_be_visible()
    eye.look(phone, "waiting room")
    line.cut()
    expect(phone.locator("[data-line=lost]")).to_be_visible()
    expect(row(desk, JENS.name).locator(".status.warn")).to_have_count(1)
    eye.look(phone, "waiting room, line lost")
    eye.look(desk, "desk, a patient reconnecting")
    line.mend()
    expect(phone.locator("[data-line=lost]")).to_be_hidden()
    look_at_the_ring_and_after(desk, phone, eye)


def look_at_the_ring_and_after(desk: Page, phone: Page, eye: Eye) -> None:
    """From the ring through the call to what comes after it, on both sides."""
    row(desk, JENS.name).locator("[data-calls-in]").click()
    expect(phone.locator(".incoming")).to_be_visible()
    expect(desk.locator("[data-veil=ringing]")).to_be_visible()
    eye.look(phone, "incoming call")
    eye.look(desk, "ringing")
    phone.locator(".incoming .signal").click()
    is_talking(phone, desk)
    for page in (phone, desk):
        look_at_the_call(page, desk if page is phone else phone, eye)

    phone.goto("about:blank")
    expect(desk.locator("[data-veil=theirs]")).to_be_visible()
    eye.look(desk, "call, the other one lost")
    desk.locator(".hang-up:visible").click()
    expect(desk.locator("outcome-sheet")).to_be_visible()
    eye.look(desk, "outcome")
    desk.locator("[name=outcome][value=not_completed]").locator("xpath=ancestor::label").click()
    eye.look(desk, "outcome, not held")
    phone.goto("/waiting")
    eye.look(phone, "after the call")


def look_at_the_call(page: Page, other: Page, eye: Eye) -> None:
    """One side of the call: talking, alone with a voice, and helped with the permissions."""
    side = page.locator("call-stage").get_attribute("data-side")
    eye.look(page, f"call, {side}")
    for what in ("microphone", "camera"):
        other.locator(f"call-stage [data-do={what}]").click()
    expect(page.locator(".call-nobody")).to_be_visible()
    expect(page.locator("[data-note=their-microphone]")).to_be_visible()
    eye.look(page, f"call without picture, {side}")
    for what in ("microphone", "camera"):
        other.locator(f"call-stage [data-do={what}]").click()
    page.locator(".call-seal").click()
    eye.look(page, f"how the call is protected, {side}")
    page.keyboard.press("Escape")
    page.locator("#call-help").evaluate("dialog => dialog.showModal()")
    eye.look(page, f"call, help with permissions, {side}")
    page.keyboard.press("Escape")
