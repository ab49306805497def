"""The national dashboard beside its own bare SQL, at 100,000 and 1,000,000 calls: `make bench-figures`.

Each engine gets a database of its own, filled with meetings of 500 clinics over three years, so that the tallies are
kept by the same triggers as in use. Both times are the best of several in one run; what is held is their ratios.
"""

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from app.clinic import database
from app.clinic.learning.book import month_of
from app.clinic.learning.tables import Meeting, Tally
from app.clinic.people import regions
from app.clinic.people.tables import Clinic
from app.clinic.reporting import figures
from app.clinic.reporting.blocks import within
from app.clinic.reporting.figures import CELLS_OF_ALL, Filter
from app.migrate import migrate
from app.piccolo_app import TABLES
from tests.postgres import temporary_cluster

SIZES = (100_000, 1_000_000)
CLINICS, DAYS, LIMIT, ROUNDS = 500, 1095, 5, 7
FIRST = date(2023, 1, 1)
WANTED = Filter(FIRST, FIRST + timedelta(days=DAYS))
COLUMNS = (
    *("id", "clinic", "region", "source", "held_on", "month", "kind", "origin", "outcome", "because"),
    *("seconds", "minutes", "waited_s", "picture", "sound", "longer", "solved", "instead_of"),
)


def row(chance: random.Random, places: list[tuple[UUID, UUID]]) -> tuple[Any, ...]:
    """One meeting as it might have been."""
    clinic, region = chance.choice(places)
    day = FIRST + timedelta(days=chance.randrange(DAYS))
    outcome = chance.choices(("completed", "by_phone", "not_completed", "no_show"), (88, 4, 5, 3))[0]
    held = outcome == "completed"
    seconds = max(60, int(chance.gauss(690, 240))) if held else None
    return (
        *(uuid4(), clinic, region, "import", day, month_of(day)),
        *(chance.choice(figures.KINDS), chance.choice(figures.ORIGINS), outcome),
        chance.choice(("connection", "no_answer", "other")) if outcome == "not_completed" else "",
        *(seconds, -1 if seconds is None else (seconds + 30) // 60, chance.randrange(1200)),
        *(chance.choice(("good", "good", "bad")) if held else "" for _what in ("picture", "sound")),
        *(chance.choice(("yes", "no", "no")) if held else "", "", ""),
    )


async def clinics() -> list[tuple[UUID, UUID]]:
    """The clinics with their regions."""
    names = regions.names_on(FIRST)
    known = [(await regions.named(name)).id for name in names]
    made = []
    for number in range(CLINICS):
        clinic = Clinic(name=f"Klinik {number}", slug=f"k{number}", provider_number=f"{number:06}")
        clinic.region, clinic.plan_b_phone = known[number % len(known)], "+4511223344"
        await clinic.save()
        made.append((clinic.id, clinic.region))
    return made


async def fill(url: str, rows: list[tuple[Any, ...]]) -> None:
    """Write the meetings the engine's quickest way; the triggers count each of them."""
    if url.startswith("postgresql"):
        connection = await asyncpg.connect(url)
        await connection.copy_records_to_table("meeting", records=rows, columns=COLUMNS)
        await connection.execute("ANALYZE")
        await connection.close()
        return
    engine: Any = Meeting._meta.db
    marks = ", ".join("?" for _column in COLUMNS)
    text = [tuple(str(value) if isinstance(value, UUID | date) else value for value in each) for each in rows]
    async with Meeting._meta.db.transaction():
        statement = f"INSERT INTO meeting ({', '.join(COLUMNS)}) VALUES ({marks})"
        await engine.writer().executemany(statement, text)


async def best(work: Callable[[], Awaitable[object]]) -> float:
    """The shortest of several, in milliseconds."""
    times = []
    for _round in range(ROUNDS):
        began = time.perf_counter()
        await work()
        times.append((time.perf_counter() - began) * 1000)
    return min(times)


async def measure(name: str, url: str, sizes: tuple[int, ...]) -> list[tuple[str, int, float, float]]:
    """(engine, calls, dashboard ms, bare SQL ms) at every size, in the same database as it grows."""
    engine = database.open_engine(url)
    database.use_engine(engine, TABLES)
    await database.start(engine)
    await migrate()
    places, chance, found, have = await clinics(), random.Random(7), [], 0
    for size in sizes:
        for start in range(have, size, 50_000):
            await fill(url, [row(chance, places) for _each in range(min(50_000, size - start))])
        have = size
        await prove(size)
        blocks, names = figures.told(await Tally.raw(CELLS_OF_ALL), LIMIT)
        inside, _crossing = within(blocks, None, *figures.whole_months(WANTED.since, WANTED.until))

        pairs = figures.completed_pairs(names, WANTED)

        async def bare(inside: Any = inside, pairs: Any = pairs) -> None:
            await Tally.raw(CELLS_OF_ALL)
            await figures.lengths_in(inside, pairs)

        found.append((name, size, await best(lambda: figures.of_all(WANTED, LIMIT)), await best(bare)))
        print(
            f"{name:10} {size:>9} calls: dashboard {found[-1][2]:7.1f} ms, its SQL {found[-1][3]:7.1f} ms", flush=True
        )
    await database.stop(engine)
    return found


async def prove(size: int) -> None:
    """The tallies against the raw rows they are of."""
    (kept,) = await Tally.raw("SELECT SUM(meetings) AS n, SUM(seconds) AS s, SUM(waited_s) AS w FROM tally")
    (raw,) = await Meeting.raw("SELECT COUNT(*) AS n, SUM(seconds) AS s, SUM(waited_s) AS w FROM meeting")
    assert {key: int(value) for key, value in kept.items()} == {key: int(value) for key, value in raw.items()}
    assert int(raw["n"]) == size


def main() -> None:
    """Both engines, or the one named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engines", nargs="*", default=["sqlite", "postgres"])
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    arguments = parser.parse_args()
    failed = []
    with ExitStack() as stack:
        for engine in arguments.engines:
            if engine == "sqlite":
                folder = stack.enter_context(tempfile.TemporaryDirectory())
                url = f"sqlite:///{Path(folder) / 'bench.sqlite'}"
            else:
                url = f"postgresql://naervaer@/postgres?host={stack.enter_context(temporary_cluster())}"
            results = asyncio.run(measure(engine, url, tuple(arguments.sizes)))
            for name, size, whole, bare in results:
                if whole > 1.5 * bare:
                    failed.append(f"{name} at {size}: {whole / bare:.2f} times its SQL")
            growth, linear = results[-1][2] / results[0][2], arguments.sizes[-1] / arguments.sizes[0]
            print(f"{engine:10} grows {growth:.2f} times while the calls grow {linear:.0f} times")
            if growth > linear:
                failed.append(f"{engine} grows faster than the calls")
    raise SystemExit("; ".join(failed) or None)


if __name__ == "__main__":
    main()
