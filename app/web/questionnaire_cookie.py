"""The cookie that leads a browser back to the questionnaire it has begun."""

from typing import Any

from litestar import Response

from app.clinic.learning import questionnaire
from app.web.guards import session_cookie
from app.web.html import Asked, see_other

_KEPT_S = int(questionnaire.KEPT_FOR.total_seconds())


def with_cookie(request: Asked, secret: str, address: str, max_age: int = _KEPT_S) -> Response[Any]:
    """On to that page, with the secret that leads back to the questionnaire."""
    answer = see_other(address)
    answer.set_cookie(session_cookie(request.app.state.settings, "questionnaire", secret, max_age))
    return answer
