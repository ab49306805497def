"""What Piccolo's own commands read: the engine of this installation and its one app."""

import os

from piccolo.conf.apps import AppRegistry

from app.clinic.database import open_engine
from app.settings import Settings

DB = open_engine(os.environ.get("DATABASE_URL", Settings.database_url))
APP_REGISTRY = AppRegistry(apps=["app.piccolo_app"])
