"""A thousand SMS while the sender is killed twenty times, before, during and after what it says to the gateway:
`make bench-kills`.

Prints a tally as JSON: how many arrived, how many more than once (none may), and how often the sender was started.
"""

import asyncio
import json
import random
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.clinic import database
from app.clinic.change import change
from app.clinic.messages import outbox
from app.clinic.people import installation, passwords
from app.migrate import migrate
from app.piccolo_app import TABLES
from tests import cast
from tests.conftest import BASE_URL, SECRET
from tests.delivery.killing import KillingGateway, Sending, send_through_kills

MESSAGES, KILLS = 1000, 20
MAX_S = 900


async def measure(folder: Path) -> Sending:
    """One run on a database of its own."""
    installation.install(SECRET, BASE_URL)
    passwords.use_cost(8, 1)
    url = f"sqlite:///{folder / 'bench.sqlite'}"
    engine = database.open_engine(url)
    database.use_engine(engine, TABLES)
    await database.start(engine)
    await migrate()
    players = await cast.play("")
    now = datetime.now(UTC)
    values = {"starts_at": now + timedelta(days=2)}
    async with change():
        for _each in range(MESSAGES):
            await outbox.queue(
                outbox.Draft(players.clinic, "cancelled", values, patient=players.child, channels=("sms",)), now
            )
    gateway = KillingGateway()
    server = await asyncio.start_server(gateway.converse, "127.0.0.1", 0)
    gateway.port = server.sockets[0].getsockname()[1]
    dice = random.Random(4)
    kills = [dice.randint(1, MESSAGES // KILLS) for _each in range(KILLS)]
    async with asyncio.timeout(MAX_S):
        sending = await send_through_kills(url, gateway, kills)
    server.close()
    await database.stop(engine)
    return sending


def main() -> None:
    """Print the tally as JSON; fails when a message is missing, came twice or is not settled within MAX_S."""
    with tempfile.TemporaryDirectory() as folder:
        begun = time.monotonic()
        sending = asyncio.run(measure(Path(folder)))
        took = round(time.monotonic() - begun)
    twice = sum(1 for times in sending.arrived.values() if times > 1)
    tally = {
        "messages": MESSAGES,
        "kills": KILLS,
        "starts": sending.starts,
        "arrived": len(sending.arrived),
        "more_than_once": twice,
        "states": dict(sending.states),
        "seconds": took,
    }
    print(json.dumps(tally))
    if len(sending.arrived) != MESSAGES or twice:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
