"""The mixed load of a soak: every kind of request that a server meets in its life, the mistaken ones included."""

import random

from benchmarks.systems import OURS, ROOT
from benchmarks.texts import invented_pairs
from benchmarks.wire import get, post

__all__ = ["mixed_requests"]

CYCLE = 1000
"""Requests before they repeat."""

ARTICLE = ROOT / "examples" / "seawall.txt"
CLAIMS = ROOT / "examples" / "claims.txt"


def mixed_requests(*, seed: int = 0) -> list[bytes]:
    """CYCLE requests in random order: 70 % single pairs, 8 % 32 pairs, 4 % articles, the rest mistakes and probes."""
    draw = random.Random(seed)  # noqa: S311 - an order, not a secret
    texts = invented_pairs(CYCLE * 4, seed=seed)
    paragraphs = ARTICLE.read_text(encoding="utf-8").split("\n\n")
    claims = CLAIMS.read_text(encoding="utf-8").splitlines()
    requests = [post(OURS.path, OURS.body(texts[index : index + 1])) for index in range(700)]
    requests += [post(OURS.path, OURS.body(texts[700 + 32 * index :][:32])) for index in range(80)]
    for _ in range(40):
        some = draw.sample(paragraphs, draw.randint(1, len(paragraphs)))
        requests.append(post("/v1/analyze", {"article": "\n\n".join(some), "claims": claims}))
    mistakes = [
        lambda number: get(f"/no/such/path/{number}"),
        lambda number: post(OURS.path, {"pairs": [{"claim": f"Claim {number}."}]}),
        lambda number: post(OURS.path, {"pairs": [], "unknown": number}),
        lambda number: post("/v1/analyze", {"article": " ", "claims": [f"Claim {number}."]}),
        lambda number: post(OURS.path, f"not an object {number}"),
        lambda number: post(OURS.path, {"pairs": [{"claim": "x" * 3000, "statement": f"{number}"}]}),
    ]
    requests += [mistakes[number % len(mistakes)](number) for number in range(120)]
    probes = ("/livez", "/readyz", "/v1/info", "/metrics", "/docs.json", "/")
    requests += [get(probes[number % len(probes)]) for number in range(CYCLE - len(requests))]
    draw.shuffle(requests)
    return requests
