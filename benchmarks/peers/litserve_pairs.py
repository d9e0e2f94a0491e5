"""LitServe with its own batching: up to 64 requests, or what arrives within 10 ms."""

import sys
from collections.abc import Sequence
from typing import Any

import litserve  # type: ignore[import-not-found, unused-ignore] # not a dependency

Pairs = list[dict[str, str]]


class PairsAPI(litserve.LitAPI):  # type: ignore[misc, unused-ignore]
    """A request is a list of pairs; a batch is a list of requests."""

    def __init__(self, model: str, dtype: str, **options: Any) -> None:
        super().__init__(**options)
        self._source = (model, dtype)

    def setup(self, device: str) -> None:  # noqa: ARG002 - LitServe names it; there is only the CPU
        """Load the model, in the worker."""
        from benchmarks.peers.torch_pairs import TorchPairs

        self._model = TorchPairs(*self._source)

    def decode_request(self, request: dict[str, Pairs]) -> Pairs:
        """The pairs of a request."""
        return request["pairs"]

    def predict(self, requests: Sequence[Pairs]) -> list[list[dict[str, float]]]:
        """The answers to a batch."""
        rows = iter(self._model([pair for pairs in requests for pair in pairs]))
        return [[next(rows) for _ in pairs] for pairs in requests]

    def encode_response(self, output: list[dict[str, float]]) -> list[dict[str, float]]:
        """An answer."""
        return output


if __name__ == "__main__":
    api = PairsAPI(sys.argv[1], sys.argv[3], max_batch_size=64, batch_timeout=0.01)
    server = litserve.LitServer(api, accelerator="cpu", timeout=120)
    server.run(host="127.0.0.1", port=int(sys.argv[2]), generate_client_file=False, log_level="warning")
