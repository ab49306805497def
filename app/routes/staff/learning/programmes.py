"""The programmes a clinic takes part in: the plan, and its own figures of the period (F10)."""

from datetime import datetime
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from app.clinic.learning import programmes
from app.clinic.reporting.figures import Filter
from app.i18n import local
from app.routes.reporting.figures import query
from app.routes.reporting.timeline import state_of, timeline
from app.routes.staff.responses import staff_of
from app.web.html import Asked, page


@get("/programmes")
async def show_programmes(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Each programme with its time line and milestones."""
    today = local(now).date()
    found = await programmes.of_clinic(staff_of(request).clinic)
    plans = await programmes.milestones(found)
    return page(
        request,
        "staff/learning/programmes.html",
        programmes=found,
        plans=plans,
        lines={each.id: timeline(each, plans[each.id], today) for each in found},
        periods={each.id: query(Filter(each.since, each.until)) for each in found},
        state_of=state_of,
        today=today,
    )
