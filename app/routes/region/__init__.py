"""The pages of evaluators and the regions' data consultants: figures, and nobody's name."""

from litestar import Router

from app.routes.region import account, answers, documents, figures, people, programmes
from app.web.guards import EvaluatorSessions, evaluator_only

doors = Router(
    "/",
    route_handlers=[
        account.show_sign_in,
        account.sign_in,
        account.sign_out,
        account.show_invitation,
        account.accept_invitation,
    ],
    middleware=[EvaluatorSessions],
)
pages = Router(
    "/",
    route_handlers=[
        figures.show_figures,
        figures.download_csv,
        figures.download_xlsx,
        answers.show_answers,
        answers.download_answers,
        people.show_people,
        people.invite,
        people.invite_again,
        people.retire,
        programmes.show_programmes,
        programmes.begin,
        programmes.show_programme,
        programmes.rewrite,
        programmes.choose_clinics,
        programmes.add_milestone,
        programmes.mark_milestone,
        programmes.download_xlsx,
        *documents.handlers,
    ],
    middleware=[EvaluatorSessions],
    guards=[evaluator_only],
)
router = Router("/region", route_handlers=[doors, pages])
