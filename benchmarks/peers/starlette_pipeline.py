"""Starlette and a transformers pipeline behind a queue, batched as the documentation of pipelines proposes.

The pipeline runs in a thread, so that requests arrive while it computes; whatever waits makes up the next batch.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import torch
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from transformers import pipeline

MOST = 64
"""Pairs in a batch."""


def create_app(model: str, dtype: str) -> Starlette:
    """The application."""
    classify: Any = pipeline("text-classification", model=model, dtype=getattr(torch, dtype), top_k=None)
    queue: asyncio.Queue[tuple[list[dict[str, str]], asyncio.Future[Any]]] = asyncio.Queue()

    async def work() -> None:
        while True:
            waiting = [await queue.get()]
            while not queue.empty() and sum(len(items) for items, _ in waiting) < MOST:
                waiting.append(queue.get_nowait())
            items = [item for some, _ in waiting for item in some]
            results = iter(await asyncio.to_thread(classify, items, batch_size=MOST))
            for some, future in waiting:
                future.set_result([next(results) for _ in some])

    async def answer(request: Request) -> Response:
        pairs = (await request.json())["pairs"]
        future = asyncio.get_running_loop().create_future()
        await queue.put(([{"text": pair["claim"], "text_pair": pair["statement"]} for pair in pairs], future))
        return JSONResponse([{each["label"]: each["score"] for each in scores} for scores in await future])

    async def health(_: Request) -> Response:
        return PlainTextResponse("ok")

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        worker = asyncio.create_task(work())
        yield
        worker.cancel()

    return Starlette(routes=[Route("/classify", answer, methods=["POST"]), Route("/health", health)], lifespan=lifespan)


if __name__ == "__main__":
    uvicorn.run(create_app(sys.argv[1], sys.argv[3]), port=int(sys.argv[2]), log_level="warning")
