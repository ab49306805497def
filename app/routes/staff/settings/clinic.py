"""What the clinic decides for itself, on pages for its superusers: the clinic's details and logo, and the policy."""

from datetime import datetime
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency

from app.clinic.booking import policy
from app.clinic.booking.policy import Policy
from app.clinic.errors import ClinicError, Conflict, Invalid
from app.clinic.messages.phones import read_phone, show_phone
from app.clinic.people import clinics, installation, regions
from app.clinic.people.clinics import Details
from app.clinic.people.tables import Clinic
from app.i18n import local
from app.web.forms import Form, read_form
from app.web.html import Asked, page, see_other


def clinic_of(request: Asked) -> Clinic:
    """The clinic of whoever asks; the guard has let its staff only pass."""
    clinic = request.state["clinic"]
    assert isinstance(clinic, Clinic)
    return clinic


def saved(request: Asked, address: str) -> Response[Any]:
    """Back to the page, which says that it is saved."""
    return see_other(f"{address}?saved=1", request)


def is_saved(request: Asked) -> bool:
    """Whether the page comes after something was saved."""
    return "saved" in request.query_params


@get("/settings")
async def show_clinic(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """The clinic's details and logo."""
    return _clinic_page(request, await _written(clinic_of(request), now), now)


async def _written(clinic: Clinic, now: datetime) -> Form:
    return Form(
        {
            "name": clinic.name,
            "region": await clinics.region_of(clinic, local(now).date()),
            "provider_number": clinic.provider_number,
            "plan_b_phone": show_phone(clinic.plan_b_phone),
            "email": clinic.email,
            "address": clinic.address,
            "languages": clinic.languages,
            "early_minutes": str(clinic.early_minutes),
        }
    )


def _clinic_page(request: Asked, form: Form, now: datetime, error: ClinicError | None = None) -> Response[Any]:
    known = [(name, name) for name in regions.names_on(local(now).date())]
    return page(
        request,
        "staff/settings/clinic.html",
        status=422 if error else 200,
        form=form,
        error=error,
        regions=known if (form["region"], form["region"]) in known else [("", ""), *known],
        address=f"{installation.base_url()}/k/{clinic_of(request).slug}",
        largest_kb=clinics.MAX_LOGO_BYTES // 1024,
        saved=is_saved(request),
    )


@post("/settings")
async def change_clinic(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Write the details anew; a mistake brings the form back filled in."""
    form = await read_form(request)
    try:
        await clinics.correct(clinic_of(request), _details(form), now)
    except (Invalid, Conflict) as error:
        return _clinic_page(request, form, now, error)
    return saved(request, "/settings")


def _details(form: Form) -> Details:
    try:
        phone = read_phone(form["plan_b_phone"])
    except Invalid as error:
        raise Invalid(error.words, field="plan_b_phone") from None
    return Details(
        name=form["name"],
        region=form["region"],
        provider_number=form["provider_number"],
        plan_b_phone=phone,
        email=form["email"],
        address=form["address"],
        languages=form["languages"],
        early_minutes=form["early_minutes"],
    )


@post("/settings/logo")
async def change_logo(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Keep the uploaded picture as the logo."""
    clinic = clinic_of(request)
    upload = (await request.form()).get("logo")
    content = await upload.read() if isinstance(upload, UploadFile) else b""
    try:
        await clinics.keep_logo(clinic, content)
    except Invalid as error:
        return _clinic_page(request, await _written(clinic, now), now, error)
    return saved(request, "/settings")


@post("/settings/logo/removal")
async def remove_logo(request: Asked) -> Response[Any]:
    """Go back to the name alone."""
    await clinics.remove_logo(clinic_of(request))
    return saved(request, "/settings")


@get("/settings/policy")
async def show_policy(request: Asked) -> Response[Any]:
    """When and to whom video is offered; the guide's words to begin with while nothing is written."""
    known = await policy.policy_of(clinic_of(request))
    return _policy_page(request, _as_form(known or policy.starter()), is_starter=not known)


def _as_form(known: Policy) -> Form:
    lines = {"criteria": "\n".join(known.criteria), "conditions": "\n".join(known.conditions)}
    return Form({"offer": known.offer, **lines})


def _policy_page(
    request: Asked, form: Form, *, is_starter: bool = False, error: ClinicError | None = None
) -> Response[Any]:
    context = {"form": form, "is_starter": is_starter, "error": error, "saved": is_saved(request)}
    return page(request, "staff/settings/policy.html", status=422 if error else 200, **context)


@post("/settings/policy")
async def change_policy(request: Asked) -> Response[Any]:
    """Save the policy."""
    form = await read_form(request)
    try:
        wanted = Policy(
            offer=form["offer"],
            criteria=policy.read_lines(form["criteria"], "criteria"),
            conditions=policy.read_lines(form["conditions"], "conditions"),
        )
        await policy.keep(clinic_of(request), wanted)
    except Invalid as error:
        return _policy_page(request, form, error=error)
    return saved(request, "/settings/policy")
