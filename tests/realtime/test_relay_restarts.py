"""The relay's process is not there for a moment: who asks is told to ask again, and the call goes on."""

from datetime import datetime

import pytest

from app.clinic.calls import call as calls
from app.realtime.relay.process import proxy
from app.settings import Settings
from tests.calls.test_call import waiting
from tests.cast import Cast, cookie_of, who
from tests.conftest import Clock
from tests.realtime.serving import serving
from tests.realtime.test_signalling import OFFER, Room


async def test_who_offers_while_the_relay_restarts_is_told_to_try_again(
    settings: Settings, clock: Clock, cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy, "BACK_WITHIN_S", 0.05)
    place = await waiting(cast, now)
    call = await calls.call_in(place.id, who(cast.doctor), now)
    cookie = f"naervaer-staff={await cookie_of(cast.doctor, now)}"
    relay = proxy.RelayProxy("127.0.0.1", 0, ["127.0.0.1"])
    async with serving(settings, clock, relay) as served, served.line("/desk/live", cookie=cookie) as desk:
        room = Room(served, cast, call, cookie, "")
        await desk.say(room.offer())
        refused = await desk.hear("refused")
        assert (refused["what"], refused["why"]) == (str(call.id), "later")
        await desk.say({"type": "line_offer", "connection": "line", "sdp": OFFER})
        refused = await desk.hear("refused")
        assert (refused["what"], refused["why"]) == ("line", "full")
        monkeypatch.undo()
        await relay.start()
        assert (await room.enter(desk))["parties"]
    await relay.stop()
