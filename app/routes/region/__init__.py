"""The pages of evaluators and the regions' data consultants: figures, and nobody's name."""

from litestar import Router

from app.routes import handlers_of
from app.routes.region import account, answers, documents, figures, people, programmes
from app.web.guards import EvaluatorSessions, evaluator_only

doors = Router(
    "/",
    route_handlers=handlers_of(account),
    middleware=[EvaluatorSessions],
)
pages = Router(
    "/",
    route_handlers=handlers_of(figures, answers, people, programmes, documents),
    middleware=[EvaluatorSessions],
    guards=[evaluator_only],
)
router = Router("/region", route_handlers=[doors, pages])
