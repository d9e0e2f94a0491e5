"""What a user would write: a transformers pipeline over a file that `datasets` reads, in batches.

    python -m benchmarks.peers.datasets_pipeline MODEL FILE.jsonl [--dtype float32|bfloat16] [--batch N]

Prints a JSON object: rows, and seconds without loading.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from typing import Any

import torch
from datasets import load_dataset
from transformers import pipeline


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("file")
    parser.add_argument("--dtype", default="float32", choices=["float32", "bfloat16"])
    parser.add_argument("--batch", type=int, default=32)
    asked = parser.parse_args()
    classify: Any = pipeline("text-classification", model=asked.model, dtype=getattr(torch, asked.dtype), top_k=None)
    rows = load_dataset("json", data_files=asked.file, split="train")

    def pairs() -> Iterator[dict[str, str]]:
        for row in rows:
            yield {"text": row["claim"], "text_pair": row["statement"]}

    classify(next(pairs()))
    started = time.perf_counter()
    count = sum(1 for _ in classify(pairs(), batch_size=asked.batch))
    json.dump({"rows": count, "seconds": time.perf_counter() - started}, sys.stdout)


if __name__ == "__main__":
    main()
