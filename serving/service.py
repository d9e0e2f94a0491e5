"""The BentoML service: loads the models and hands every request to our own application."""

import gc
import os
from pathlib import Path

import bentoml
import click
from starlette.types import ASGIApp, Receive, Scope, Send

from data.errors import BadCheckpoint, BadInput
from data.records import LABELS
from model.analyser import Analyser
from model.checkpoint import ATTRIBUTION_CHECKPOINT, read_checkpoint
from model.quotes.tags import TAGS
from model.store import current_model, default_store
from serving.http import create_app
from serving.labels import Labels, labels_from_environment
from serving.limits import LIMITS
from serving.log import start_log
from serving.metrics import Metrics
from serving.security import Access

__all__ = ["StanceService"]

ATTRIBUTION = Path(os.environ.get("STANCE_ATTRIBUTION_MODEL") or ATTRIBUTION_CHECKPOINT).absolute()
WORKERS = int(os.environ.get("STANCE_WORKERS") or 1)


class FrontDoor:
    """Stands before BentoML's routes, so that every path, also an unknown one, is answered by our application.

    Mounting the application would leave BentoML's own probes and its plain-text 404 and 405 in front of it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        app = self._app if scope["type"] == "lifespan" else bentoml.get_current_service().app
        await app(scope, receive, send)


@bentoml.service(
    name="stance",
    workers=WORKERS,
    http={"host": "127.0.0.1", "port": 3000},
    metrics={"enabled": False},  # BentoML's label is the raw path, which any client can make grow
    logging={"access": {"enabled": False}},  # the same path, unescaped
    traffic={"timeout": LIMITS.deadline_seconds + 10},  # ours comes first; BentoML keeps 1 kB a request until its own
    tracing={"excluded_urls": ".*"},  # spans that nobody exports cost 0.6 of 1.9 ms; docs/deployment.md turns them on
)
class StanceService:
    """Labels each quoted statement of an article support, denial or hedge toward a claim."""

    @bentoml.on_deployment  # type: ignore[untyped-decorator]
    @staticmethod
    def verify() -> None:
        """Before any worker starts: what would let in whoever comes, or be a model that cannot be trusted, ends it."""
        try:
            Access.from_environment().check(_host_asked_for())
            os.environ["STANCE_MODEL"] = str(_stance())  # the workers load the same, whatever is promoted meanwhile
            os.environ["STANCE_STORE"] = str(default_store())  # they may start in another folder
            labels_from_environment()
            read_checkpoint(_stance(), task="stance", labels=LABELS)
            read_checkpoint(ATTRIBUTION, task="attribution", labels=TAGS)
        except (BadCheckpoint, BadInput) as error:
            raise SystemExit(f"stance: {error}") from None

    def __init__(self) -> None:
        start_log()
        analyser = Analyser.load(stance=_stance(), attribution=ATTRIBUTION)
        shared = os.environ.get("PROMETHEUS_MULTIPROC_DIR") if WORKERS > 1 else None
        place = labels_from_environment()
        self.app = create_app(
            analyser,
            metrics=Metrics(shared=shared),
            labels=Labels(place, analyser.classifier.checkpoint) if place else None,
            guards=Access.from_environment().guards(),
        )
        gc.collect()
        gc.freeze()  # else each full collection walks what a start leaves, 119,000 objects, and holds all up for 60 ms


def _stance() -> Path:
    """The stance model that is named, else the store's current one, else the shipped one."""
    return Path(os.environ.get("STANCE_MODEL") or current_model()).absolute()


def _host_asked_for() -> str | None:
    """What `bentoml serve` was told with --host or BENTOML_HOST; None where it was not, or where something else serves.

    BentoML's configuration may still say another: then security.LocalGuard looks at each connection's own address.
    """
    context = click.get_current_context(silent=True)
    host = context.params.get("host") if context else None
    return host if isinstance(host, str) else None


StanceService.add_asgi_middleware(FrontDoor)  # type: ignore[attr-defined] # the decorator's stub hides Service
