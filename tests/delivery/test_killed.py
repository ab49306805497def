"""The sender is killed in the middle: every message arrives all the same, and none twice."""

import asyncio
from datetime import UTC, datetime

from app.clinic.change import change
from app.clinic.messages import outbox
from app.clinic.messages.tables import Message
from tests.cast import Cast
from tests.delivery.killing import KillingGateway, send_through_kills

MANY = 30


async def test_every_message_arrives_once_however_often_the_sender_is_killed(cast: Cast, database_url: str) -> None:
    now = datetime.now(UTC)
    async with change():
        for _each in range(MANY):
            await outbox.queue(outbox.Draft(cast.clinic, "sent_away", {}, patient=cast.child, channels=("sms",)), now)
    gateway = KillingGateway()
    server = await asyncio.start_server(gateway.converse, "127.0.0.1", 0)
    gateway.port = server.sockets[0].getsockname()[1]
    sending = await send_through_kills(database_url, gateway, kills=(7, 4, 6))
    server.close()
    wanted = {str(row["id"]) for row in await Message.select(Message.id)}
    assert sending.arrived.keys() == wanted
    assert set(sending.arrived.values()) == {1}
    assert sending.states == {"delivered": MANY}
    assert sending.starts >= 4
