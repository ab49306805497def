"""A carrier as its own process, to be killed.

Each line of input (database, gateway, hours ahead, secret and address, as a JSON list) is one life, forked from this
process that has imported everything: its pid is said, then how it ended.
"""

import asyncio
import json
import os
import sys
import traceback
from datetime import UTC, datetime, timedelta

from app.clinic import database
from app.clinic.people import installation
from app.delivery import carrier
from app.piccolo_app import TABLES
from app.settings import Settings


async def carry(url: str, gateway: str, hours: float, secret: str, address: str) -> None:
    """Carry every SMS that is due, by a clock that runs hours ahead."""
    ahead = timedelta(hours=hours)
    installation.install(secret, address)
    settings = Settings(base_url=address, secret_key=secret, sms_gateway_url=gateway, sms_gateway_token="token")
    engine = database.open_engine(url)
    database.use_engine(engine, TABLES)
    await database.start(engine)
    await carrier.settle(datetime.now(UTC) + ahead)
    due = (carrier.carry_due(settings, "sms", lambda: datetime.now(UTC) + ahead) for _each in range(carrier.AT_ONCE))
    await asyncio.gather(*due)
    await database.stop(engine)


def live(line: str) -> None:
    """One life, in a process of its own; never returns."""
    try:
        asyncio.run(carry(*json.loads(line)))
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def main() -> None:
    """One life after the other, as asked for."""
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            live(line)
        print(pid, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
