"""What every message of a clinic may mention without being told: its name, phone and address, and where we are."""

from urllib.parse import urlsplit

from app.clinic.messages.phones import show_phone
from app.clinic.people import installation
from app.clinic.people.tables import Clinic


def everywhere(clinic: Clinic) -> dict[str, str]:
    """Return the clinic's values by placeholder name."""
    base = installation.base_url()
    return {
        "clinic": clinic.name,
        "phone": show_phone(clinic.plan_b_phone),
        "address": clinic.address,
        "early": str(clinic.early_minutes),
        "host": urlsplit(base).hostname or "",
        "code_page": f"{base}/kode",
    }
