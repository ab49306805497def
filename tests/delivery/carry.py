"""A carrier as its own process, to be killed: `carry <database> <gateway> <hours ahead> <secret> <address>`."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta

from app.clinic import database
from app.clinic.people import installation
from app.delivery import carrier
from app.piccolo_app import TABLES
from app.settings import Settings


async def carry(url: str, gateway: str, ahead: timedelta, secret: str, address: str) -> None:
    """Carry every SMS that is due, by a clock that runs ahead."""
    installation.install(secret, address)
    settings = Settings(base_url=address, secret_key=secret, sms_gateway_url=gateway, sms_gateway_token="token")
    engine = database.open_engine(url)
    database.use_engine(engine, TABLES)
    await database.start(engine)
    await carrier.carry_due(settings, "sms", lambda: datetime.now(UTC) + ahead)
    await database.stop(engine)


if __name__ == "__main__":
    asyncio.run(carry(sys.argv[1], sys.argv[2], timedelta(hours=float(sys.argv[3])), *sys.argv[4:]))
