"""Settings out of the environment: old names still count, wrong values name the variable."""

import pytest
import structlog.testing

from app.settings import SettingError, Settings

KEY = {"SECRET_KEY": "k" * 40}


def test_an_old_name_is_read_with_a_warning() -> None:
    with structlog.testing.capture_logs() as said:
        settings = Settings.from_environment({**KEY, "RELAY_APART": "0"})
    assert not settings.relay_own_process
    assert [(each["old"], each["new"]) for each in said] == [("RELAY_APART", "RELAY_OWN_PROCESS")]


def test_of_an_old_and_a_new_name_the_new_one_counts() -> None:
    assert Settings.from_environment({**KEY, "RELAY_APART": "0", "RELAY_OWN_PROCESS": "1"}).relay_own_process


def test_a_wrong_value_names_its_variable() -> None:
    with pytest.raises(SettingError, match="PORT"):
        Settings.from_environment({**KEY, "PORT": "many"})
