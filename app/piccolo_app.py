"""The one Piccolo app: its tables, and where its migrations lie."""

from pathlib import Path

from piccolo.conf.apps import AppConfig
from piccolo.table import Table

from app.clinic.booking import tables as booking
from app.clinic.calls import tables as calls
from app.clinic.learning import practice_tables as practice
from app.clinic.learning import tables as learning
from app.clinic.messages import push_tables as pushes
from app.clinic.messages import tables as messages
from app.clinic.people import tables as people
from app.clinic.reporting import tables as reporting
from app.clinic.waiting import tables as waiting

ROOMS = (people, messages, pushes, booking, waiting, calls, learning, practice, reporting)
TABLES: list[type[Table]] = [
    value
    for room in ROOMS
    for value in vars(room).values()
    if isinstance(value, type) and issubclass(value, Table) and value is not Table and value.__module__ == room.__name__
]

APP_CONFIG = AppConfig(
    app_name="naervaer",
    migrations_folder_path=str(Path(__file__).parents[1] / "migrations"),
    table_classes=TABLES,
    migration_dependencies=[],
)
