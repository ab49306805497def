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


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BASE_URL", "http://video.klinik.dk"),
        ("BASE_URL", "http://8.8.8.8:8000"),
        ("BASE_URL", "http://localhost.klinik.dk"),
        ("SMS_GATEWAY_URL", "http://messaging.gatewayapi.eu/mobile/single"),
        ("METRICS_SECRET", "short"),
        ("SMS_REPORT_SECRET", "x" * 15),
    ],
)
def test_what_would_send_secrets_openly_or_be_guessed_stops_the_start(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=name):
        Settings.from_environment({**KEY, "SMS_GATEWAY_TOKEN": "token", name: value})


@pytest.mark.parametrize(
    "values",
    [
        {"BASE_URL": "http://127.0.0.1:8000"},
        {"BASE_URL": "http://[::1]:8000"},
        {"BASE_URL": "http://nordby.localhost"},
        {"BASE_URL": "http://192.168.1.20:8000"},
        {"BASE_URL": "https://video.klinik.dk"},
        {"SMS_GATEWAY_URL": "http://127.0.0.1:9000/sms", "SMS_GATEWAY_TOKEN": "token"},
        {"METRICS_SECRET": "x" * 16, "SMS_REPORT_SECRET": "x" * 16},
    ],
)
def test_this_machine_and_long_secrets_are_trusted(values: dict[str, str]) -> None:
    settings = Settings.from_environment({**KEY, **values})
    assert {name: getattr(settings, name.lower()) for name in values} == values


def test_a_wrong_value_names_its_variable() -> None:
    with pytest.raises(SettingError, match="PORT"):
        Settings.from_environment({**KEY, "PORT": "many"})
