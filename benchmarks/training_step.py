"""What a training step costs on this machine: float32 beside bfloat16 autocast, and two attention kernels.

    python benchmarks/training_step.py

Forward, backward and optimizer step of the base encoder on random token ids, no dropout; medians, each setting beside
float32 with PyTorch's fused attention, which is what a plain Trainer does.
"""

import statistics
import time
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table
from transformers import AutoModel

from training.recipe import read_recipe

STEPS = 7
SHAPES = ((32, 64), (32, 128), (16, 256))


def measure(base: str, *, attention: str, mixed: bool, rows: int, width: int) -> float:
    """Tokens a second, the median of STEPS steps after one to warm up."""
    model = AutoModel.from_pretrained(
        base, attn_implementation=attention, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
    )
    optimizer = torch.optim.AdamW(model.train().parameters(), lr=1e-5, fused=True)
    token_ids = torch.randint(1000, 20_000, (rows, width), generator=torch.Generator().manual_seed(0))
    seconds = []
    for _ in range(STEPS + 1):
        start = time.perf_counter()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=mixed):
            hidden = model(input_ids=token_ids, attention_mask=torch.ones_like(token_ids)).last_hidden_state
        hidden.float().pow(2).mean().backward()
        optimizer.step()
        optimizer.zero_grad()
        seconds.append(time.perf_counter() - start)
    return rows * width / statistics.median(seconds[1:])


def main() -> None:
    """Print the table."""
    base = read_recipe(Path("training/recipes/stance.toml")).base_folder
    table = Table(title=f"tokens a second in training, {torch.get_num_threads()} threads")
    for heading in ("rows x tokens", "float32, sdpa", "float32, eager", "bfloat16, sdpa", "bfloat16, eager"):
        table.add_column(heading, justify="right")
    for rows, width in SHAPES:
        rates = [
            measure(base, attention=attention, mixed=mixed, rows=rows, width=width)
            for mixed in (False, True)
            for attention in ("sdpa", "eager")
        ]
        cells = [f"{rate:,.0f} ({rate / rates[0]:.1f}x)" for rate in rates]
        table.add_row(f"{rows} x {width}", *cells)
    Console().print(table)


if __name__ == "__main__":
    main()
