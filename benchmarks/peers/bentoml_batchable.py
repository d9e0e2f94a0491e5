"""BentoML with its stock adaptive batching. A program and, in the worker that it starts, the service."""

import os
import sys
from pathlib import Path

import bentoml
from pydantic import BaseModel

from benchmarks.peers.torch_pairs import TorchPairs


class Texts(BaseModel):
    """A pair."""

    claim: str
    statement: str


@bentoml.service(workers=1, traffic={"timeout": 120}, logging={"access": {"enabled": False}})
class PairsService:
    """The model behind one batched method."""

    def __init__(self) -> None:
        self._model = TorchPairs(os.environ["PEER_MODEL"], os.environ["PEER_DTYPE"])

    @bentoml.api(batchable=True, max_batch_size=64, max_latency_ms=60_000)  # type: ignore[untyped-decorator]
    def classify(self, pairs: list[Texts]) -> list[dict[str, float]]:
        """The probability of each label for each pair."""
        return self._model([pair.model_dump() for pair in pairs])


if __name__ == "__main__":
    os.environ.update(PEER_MODEL=sys.argv[1], PEER_DTYPE=sys.argv[3], BENTOML_DO_NOT_TRACK="True")
    bentoml.serve(
        "benchmarks.peers.bentoml_batchable:PairsService",
        working_dir=str(Path.cwd()),
        host="127.0.0.1",
        port=int(sys.argv[2]),
        blocking=True,
    )
