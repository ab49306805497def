"""What makes the patient's pages an app: a manifest that carries the way in, and the worker that minds the network."""

from litestar import Router

from app.pwa import manifest, worker
from app.routes.guards import PatientDevices

router = Router(
    "/", route_handlers=[manifest.show_manifest, manifest.start, worker.show_worker], middleware=[PatientDevices]
)
