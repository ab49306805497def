"""What makes the patient's pages an app: a manifest that carries the way in, the worker that minds the network, and
push to a phone whose screen is off."""

from litestar import Router

from app.pwa import manifest, subscriptions, worker
from app.web.guards import PatientDevices, patient_only

anybody = Router(
    "/",
    route_handlers=[
        manifest.show_desk_manifest,
        manifest.show_manifest,
        manifest.start,
        worker.show_worker,
        subscriptions.note_arrival,
    ],
    middleware=[PatientDevices],
)
patients = Router(
    "/",
    route_handlers=[subscriptions.subscribe, subscriptions.renew, subscriptions.unsubscribe],
    middleware=[PatientDevices],
    guards=[patient_only],
)
router = Router("/", route_handlers=[anybody, patients])
