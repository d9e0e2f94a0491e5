"""The checkpoint folder: a model that explains itself, and is refused when it is not what its manifest says.

model.safetensors  weights, half precision      tokenizer.json   text to token ids
config.json        the encoder's architecture   checkpoint.json  labels, calibration, recipe, data, metrics
manifest.json      sha256 of each of the others, written last; its own sha256 is the version
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data.errors import BadCheckpoint

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PreTrainedModel

__all__ = [
    "ATTRIBUTION_CHECKPOINT",
    "STANCE_CHECKPOINT",
    "Checkpoint",
    "Facts",
    "Task",
    "load_tokenizer",
    "read_checkpoint",
    "seal",
    "write_weights",
]

STANCE_CHECKPOINT = Path(__file__).parent / "checkpoints" / "stance"
ATTRIBUTION_CHECKPOINT = Path(__file__).parent / "checkpoints" / "attribution"

FILES = ("config.json", "model.safetensors", "tokenizer.json", "checkpoint.json")
MANIFEST = "manifest.json"

Task = Literal["stance", "attribution"]


class Facts(BaseModel):
    """What a checkpoint says of itself (`checkpoint.json`)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    task: Task
    labels: tuple[str, ...]
    max_tokens: int = Field(ge=16, le=8192)
    temperature: float = Field(default=1.0, gt=0)
    relevance_threshold: float = Field(default=0.5, ge=0, le=1)
    base_model: str
    created: str
    recipe: dict[str, Any]
    data: dict[str, Any]
    metrics: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A verified checkpoint folder. `version` names its exact bytes."""

    folder: Path
    version: str
    facts: Facts

    @property
    def tokenizer(self) -> "Tokenizer":
        """Its tokenizer."""
        return load_tokenizer(self.folder / "tokenizer.json")

    @property
    def identity(self) -> dict[str, str]:
        """What every answer says of the model that gave it."""
        return {"name": self.facts.name, "version": self.version}


def load_tokenizer(file: Path) -> "Tokenizer":
    """The tokenizer in a `tokenizer.json`, without padding and truncation: both are the encoding's business."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def read_checkpoint(folder: Path, *, task: Task, labels: tuple[str, ...]) -> Checkpoint:
    """The checkpoint in `folder`, every hash checked before anything of it is used.

    Raises BadCheckpoint where a file is missing, cut short or altered, or the model was made for something else.
    """
    manifest = folder / MANIFEST
    if not manifest.is_file():
        raise BadCheckpoint(f"{folder}: not a checkpoint: expected a folder with {MANIFEST}; `stance train` makes one")
    try:
        expected: Mapping[str, str] = json.loads(manifest.read_bytes())["sha256"]
        for name in FILES:
            _verify(folder / name, expected[name])
        facts = Facts.model_validate_json((folder / "checkpoint.json").read_bytes())
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise BadCheckpoint(
            f"{folder}: its description cannot be read ({reason}); put the original folder back"
        ) from None
    if facts.task != task or facts.labels != labels:
        raise BadCheckpoint(
            f"{folder}: expected a model for task {task} with labels {', '.join(labels)}, "
            f"found one for {facts.task} with {', '.join(facts.labels)}"
        )
    return Checkpoint(folder=folder, version=_sha256(manifest)[:12], facts=facts)


def write_weights(folder: Path, *, model: "PreTrainedModel", tokenizer: Path) -> None:
    """Write the weights in half precision, the architecture and the tokenizer; `seal` makes them a checkpoint."""
    folder.mkdir(parents=True, exist_ok=True)
    model.half().save_pretrained(folder)  # type: ignore[no-untyped-call]
    (folder / "tokenizer.json").write_bytes(tokenizer.read_bytes())


def seal(folder: Path, facts: Facts) -> Checkpoint:
    """Write the facts and, last, the manifest: from here on the folder is a checkpoint and must not change."""
    (folder / "checkpoint.json").write_text(facts.model_dump_json(indent=2) + "\n", encoding="utf-8")
    manifest = folder / MANIFEST
    sha256 = {name: _sha256(folder / name) for name in FILES}
    manifest.write_text(json.dumps({"sha256": sha256}, indent=2) + "\n", encoding="utf-8")
    return Checkpoint(folder=folder, version=_sha256(manifest)[:12], facts=facts)


def _verify(path: Path, expected: str) -> None:
    if not path.is_file():
        raise BadCheckpoint(f"{path}: missing, though the checkpoint's manifest lists it; put the original folder back")
    if _sha256(path) != expected:
        raise BadCheckpoint(
            f"{path}: altered or cut short: its sha256 is not the manifest's; put the original folder back"
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
