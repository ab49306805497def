"""The clinic's own business case and evaluation report, for its superusers."""

from collections.abc import Mapping
from datetime import datetime

from app.clinic.learning import report
from app.clinic.reporting import basis, editions, figures
from app.clinic.reporting.basis import Basis
from app.clinic.reporting.business_case import Party
from app.clinic.reporting.case import Outcome
from app.clinic.reporting.evaluation import Told
from app.clinic.reporting.figures import Filter
from app.i18n import local
from app.routes.reporting.addresses import document_routes
from app.routes.reporting.documents import ReportScope
from app.routes.staff.responses import staff_of
from app.routes.staff.settings.clinic import clinic_of
from app.web.html import Asked


async def _place(request: Asked, now: datetime) -> ReportScope:
    clinic = clinic_of(request)

    async def gathered(wanted: Filter) -> Basis:
        return await basis.of_clinic(clinic.id, wanted.since, wanted.until)

    async def told(wanted: Filter, outcomes: Mapping[Party, Outcome]) -> Told:
        return Told(
            await figures.of_clinic(clinic.id, wanted),
            outcomes,
            await report.of_clinic(clinic.id),
            await basis.said_of_completed("solved", clinic.id, wanted.since, wanted.until),
            await basis.said_of_completed("instead_of", clinic.id, wanted.since, wanted.until),
        )

    return ReportScope(
        scope=editions.of_clinic(clinic.id),
        name=clinic.name,
        author=staff_of(request).name,
        root="/figures",
        layout="staff/base.html",
        party="clinic",
        latest=local(now).date(),
        chosen={},
        basis=gathered,
        told=told,
    )


handlers = document_routes("/figures", _place)
