"""Self-contained HTML pages: no script, nothing from outside, and a content security policy that forbids both."""

import base64
import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from training.plots import SIDE

__all__ = ["render"]

FOLDER = Path(__file__).parent
STYLE = FOLDER / "report.css"


def render(template: str, *, made: datetime, **values: Any) -> str:
    """The page that a template of this folder makes of `values`, every one of them escaped; `made` is its date."""
    style = STYLE.read_text(encoding="utf-8")
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(
        values,
        made=made.isoformat(sep=" ", timespec="minutes"),
        side=SIDE,
        style=Markup(style),  # noqa: S704 - our own file, and its hash below must fit its bytes
        style_sha256=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
    )
