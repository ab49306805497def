"""The hub: nudges at once and then coalesced, bounded inboxes, and doors that close."""

import asyncio
from uuid import uuid4

import msgspec
import pytest

from app.clinic.people.who import PatientWho, StaffWho
from app.realtime import hub as hubs
from app.realtime.hub import MAX_PER_PERSON, MAX_WAITING_FRAMES, Connection, Hub, TooManyConnections, person
from app.realtime.messages import Ended
from tests.realtime.serving import until


def staff(session: str = "session") -> StaffWho:
    return StaffWho(uuid4(), uuid4(), "Mette Holm", "doctor", False, "da", session)


async def following(connection: Connection) -> bytes | int:
    """What the connection would write next, as soon as there is something."""
    something = asyncio.Event()
    connection.wake = something.set
    while (found := connection.next()) is None:
        something.clear()
        await something.wait()
    return found


def written(connection: Connection) -> bytes:
    """What is to be written next."""
    text = connection.next()
    assert isinstance(text, bytes)
    return text


async def topics(connection: Connection) -> list[str]:
    async with asyncio.timeout(2):
        text = await following(connection)
    assert isinstance(text, bytes)
    frame = msgspec.json.decode(text)
    assert frame["type"] == "nudge"
    heard: list[str] = frame["topics"]
    return heard


async def silent(connection: Connection, for_s: float) -> bool:
    try:
        async with asyncio.timeout(for_s):
            await following(connection)
    except TimeoutError:
        return True
    return False


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "NUDGE_EVERY_S", 0.1)


async def test_the_first_nudge_is_said_at_once_and_a_burst_becomes_one_more(quick: None) -> None:
    hub = Hub()
    connection = hub.connect(staff())
    hub.subscribe(connection, "queue:1")
    hub.nudge(["queue:1"])
    assert await topics(connection) == ["queue:1"]
    for _ in range(1000):
        hub.nudge(["queue:1"])
    assert await silent(connection, 0.05)
    assert await topics(connection) == ["queue:1"]
    assert await silent(connection, 0.25)
    hub.nudge(["queue:1"])
    assert await topics(connection) == ["queue:1"]


async def test_a_slow_reader_hears_each_topic_once(quick: None) -> None:
    hub = Hub()
    connection = hub.connect(staff())
    for topic in ("queue:1", "call:2"):
        hub.subscribe(connection, topic)
    hub.nudge(["queue:1", "call:2", "call:3"])
    await until(lambda: not hub._resting)
    hub.nudge(["queue:1"])
    assert await topics(connection) == ["call:2", "queue:1"]
    assert await silent(connection, 0.05)


async def test_a_topic_is_heard_under_the_name_the_page_gave_it(quick: None) -> None:
    hub = Hub()
    connection = hub.connect(staff())
    hub.subscribe(connection, "everyone:7", called="place:3")
    hub.nudge(["everyone:7"])
    assert await topics(connection) == ["place:3"]


async def test_nobody_is_told_of_what_they_did_not_ask_for(quick: None) -> None:
    hub = Hub()
    connection, other = hub.connect(staff()), hub.connect(staff())
    hub.subscribe(connection, "queue:1")
    hub.subscribe(other, "queue:2")
    hub.nudge(["queue:1"])
    assert await topics(connection) == ["queue:1"]
    assert await silent(other, 0.05)


async def test_a_full_inbox_cuts_the_connection_off() -> None:
    hub = Hub()
    connection = hub.connect(staff())
    for _ in range(MAX_WAITING_FRAMES + 1):
        connection.tell(Ended(uuid4()))
    assert connection.next() == hubs.TOO_SLOW
    connection.tell(Ended(uuid4()))
    assert not connection.waiting


async def test_what_was_said_before_closing_is_written_first() -> None:
    hub = Hub()
    connection = hub.connect(staff())
    connection.tell(Ended(uuid4()))
    connection.close(hubs.RESTART)
    assert isinstance(connection.next(), bytes)
    assert connection.next() == hubs.RESTART


async def test_a_person_has_only_so_many_sockets() -> None:
    hub = Hub()
    doctor = staff()
    connections = [hub.connect(doctor) for _ in range(MAX_PER_PERSON)]
    with pytest.raises(TooManyConnections):
        hub.connect(doctor)
    hub.disconnect(connections[0])
    hub.connect(doctor)


async def test_cutting_off_one_session_leaves_the_others() -> None:
    hub = Hub()
    doctor = staff()
    elsewhere = StaffWho(doctor.id, doctor.clinic, doctor.name, doctor.role, False, "da", "other session")
    device = PatientWho("session", uuid4(), doctor.clinic, "", True, "da")
    here, there, phone = hub.connect(doctor), hub.connect(elsewhere), hub.connect(device)
    hub.cut_off(lambda each: person(each) == person(doctor))
    assert here.next() == hubs.NOT_SIGNED_IN
    assert await silent(there, 0.02)
    assert await silent(phone, 0.02)


async def test_the_hub_forgets_who_left(quick: None) -> None:
    hub = Hub()
    for _ in range(50):
        connection = hub.connect(staff())
        hub.subscribe(connection, "queue:1")
        hub.nudge(["queue:1"])
        hub.disconnect(connection)
    await until(lambda: not hub._resting)
    hub.close_all()
    assert len(hub) == 0
    assert not hub._listeners
    assert not hub._resting
    assert not hub._again


async def test_a_full_waiting_room_is_given_time_to_ask_one_after_another(quick: None) -> None:
    hub = Hub()
    many = [hub.connect(staff(f"session {each}")) for each in range(300)]
    for connection in many:
        hub.subscribe(connection, "everyone:1", called="place:1")
    hub.subscribe(many[0], "place:1")
    hub.nudge(["everyone:1"])
    assert msgspec.json.decode(written(many[1]))["within_ms"] == 7500
    hub.nudge(["place:1"])
    assert "within_ms" not in msgspec.json.decode(written(many[0]))
    assert many[0].next() is None


async def test_a_calm_topic_rests_longer_and_forgets_nothing(quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "CALM_EVERY_S", 0.3)
    hub = Hub()
    connection = hub.connect(staff())
    hub.subscribe(connection, "calm:1", called="place:3")
    hub.nudge(["calm:1"])
    assert await topics(connection) == ["place:3"]
    hub.nudge(["calm:1"])
    assert await silent(connection, 0.15)
    assert await topics(connection) == ["place:3"]


async def test_desks_hear_that_time_passes_and_patients_do_not() -> None:
    hub = Hub()
    desk, patient = hub.connect(staff()), hub.connect(staff())
    hub.subscribe(desk, "queue:1")
    hub.subscribe(patient, "place:1")
    hub.tell_the_time("queue", within_ms=500)
    assert msgspec.json.decode(written(desk)) == {"type": "nudge", "topics": ["queue:1"], "within_ms": 500}
    assert patient.next() is None
