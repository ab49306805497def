"""Story: a doctor opens the open consultation, patients come without an appointment, and it is closed in both ways."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from app.demo.seed import SLUG
from e2e.conftest import Visitors
from e2e.server import Server
from e2e.steps import (
    JENS,
    PLAN_B,
    SIGNE,
    answer,
    button,
    call_in,
    come,
    heading,
    is_waiting,
    knock,
    outbox,
    printed_link,
    row,
    sign_in,
)


@pytest.fixture
def walk_in(desk: Page, visitors: Visitors) -> Page:
    """The phone of a registered patient who has come without an appointment; the doctor is at the desk."""
    sign_in(desk)
    phone = visitors.open("iPhone 14").new_page()
    knock(desk, phone, SIGNE, "Ondt i øret")
    return phone


@pytest.fixture
def booked(phone: Page, server: Server) -> Page:
    """The phone of a patient who waits with an appointment."""
    come(phone, printed_link(server), JENS)
    return phone


def switch(desk: Page) -> Locator:
    """The open consultation's switch at the top of the desk."""
    return desk.get_by_role("region", name="Åben videokonsultation")


def is_told_to_call(phone: Page) -> None:
    """The page of somebody sent away says what has happened and what to do instead."""
    expect(heading(phone, "Venteværelset er lukket")).to_be_visible()
    expect(phone.get_by_text("så finder vi en anden løsning")).to_be_visible()
    expect(phone.get_by_role("link", name=f"Ring på {PLAN_B}", exact=True)).to_be_visible()


def test_a_doctor_opens_it_and_closes_it_for_new_patients(desk: Page, visitors: Visitors) -> None:
    sign_in(desk)
    button(switch(desk), "Luk, behold køen").click()
    expect(switch(desk)).to_have_attribute("data-state", "closed")
    stranger = visitors.open("Pixel 7").new_page()
    stranger.goto(f"/k/{SLUG}")
    expect(stranger.get_by_text("Lukket nu")).to_be_visible()
    expect(stranger.get_by_role("link", name=f"Ring på {PLAN_B}", exact=True).first).to_be_visible()

    button(switch(desk), "Åbn").click()
    expect(switch(desk)).to_contain_text("ansvarlig: ")
    patient = visitors.open("iPhone 14").new_page()
    knock(desk, patient, SIGNE, "Ondt i øret")
    expect(row(desk, SIGNE.name)).to_contain_text("Uden tid")
    expect(row(desk, SIGNE.name)).to_contain_text("Ondt i øret")

    button(switch(desk), "Luk, behold køen").click()
    expect(switch(desk)).to_have_attribute("data-state", "closed")
    expect(desk.get_by_text(re.compile(r"Lukket. \d patienter beholder deres plads")).last).to_be_visible()
    stranger.reload()
    expect(stranger.get_by_text("Lukket nu")).to_be_visible()
    is_waiting(patient)
    call_in(desk, SIGNE.name)
    answer(patient)


def test_closing_and_sending_away_spares_the_booked(desk: Page, walk_in: Page, booked: Page) -> None:
    expect(row(desk, JENS.name)).to_have_attribute("data-group", "present")
    send_away = button(switch(desk), "Luk, og send hjem")
    expect(send_away).to_contain_text("2 får besked om at ringe", use_inner_text=True)
    expect(send_away).to_contain_text("med tid bliver", use_inner_text=True)

    send_away.click()

    is_told_to_call(walk_in)
    expect(row(desk, SIGNE.name)).to_have_count(0)
    is_waiting(booked)
    expect(row(desk, JENS.name)).to_have_attribute("data-group", "present")
    message = outbox(desk, SIGNE.name, "Venteværelset er lukket")
    expect(message).to_contain_text(f"Ring til os på {PLAN_B}")


def test_sending_the_booked_away_too_takes_a_tick(desk: Page, walk_in: Page, booked: Page) -> None:
    switch(desk).get_by_text(re.compile(r"også de \d med tid")).click()
    send_away = button(switch(desk), "Luk, og send hjem")
    expect(send_away).to_contain_text("ingen bliver", use_inner_text=True)

    send_away.click()

    for phone in (walk_in, booked):
        is_told_to_call(phone)
    expect(desk.get_by_role("heading", name="Til stede")).to_have_count(0)


def test_closing_by_mistake_is_undone(desk: Page, walk_in: Page) -> None:
    button(switch(desk), "Luk, og send hjem").click()
    is_told_to_call(walk_in)

    button(desk, "Fortryd").click()

    is_waiting(walk_in)
    expect(switch(desk)).to_have_attribute("data-state", "open")
    expect(row(desk, SIGNE.name)).to_contain_text("Ondt i øret")
