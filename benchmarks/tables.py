"""The figures as they are printed: the table of systems, the goals, and lines for overload and soak."""

from collections.abc import Callable, Iterator
from statistics import median

from rich.table import Table

from benchmarks.bare_engine import CHECKED
from benchmarks.comparison import MANY, Comparison, Latency, Measured
from benchmarks.figures import median_ratio, percentile
from benchmarks.overload import Overload
from benchmarks.soak import Soak
from benchmarks.systems import OURS

__all__ = ["comparison_table", "goals_table", "overload_lines", "soak_lines"]


def comparison_table(comparison: Comparison) -> Table:
    """A column for each system, the bare engine last."""
    bare, ceiling, plan = comparison.bare, comparison.ceiling, comparison.plan
    rates, used = [each["rate"] for each in bare], [each["efficiency"] for each in bare]
    requests = sum(ceiling.statuses.values())
    left_out = "".join(f"\nleft out: {name} ({reason})" for name, reason in comparison.left_out.items())
    table = Table(
        "",
        *comparison.measured,
        "bare engine",
        title=f"pairs of {bare[0]['tokens']:.0f} tokens; ours {bare[0]['engine']}, the peers torch {plan.dtype}",
        caption=f"the load generator alone: {ceiling.answered:,.0f} requests a second, "
        f"{1e6 * ceiling.processor_seconds / requests:.0f} µs of a processor each{left_out}",
    )
    rows: list[tuple[str, Callable[[Measured], str], str]] = [
        ("ready after, s", lambda each: f"{each.ready_seconds:.1f}", ""),
        ("resident, worker, MB", lambda each: f"{each.memory[0]:.0f}", ""),
        ("resident, all, MB", lambda each: f"{each.memory[1]:.0f}", ""),
        (f"same label, of {CHECKED}", lambda each: str(each.same_labels), str(CHECKED)),
        (f"pairs/s, {plan.clients} clients", lambda each: f"{each.rate:.0f}", f"{median(rates):.0f}"),
        ("  of the bare engine", lambda each: f"{median_ratio(each.rates, rates):.0%}", "100%"),
        ("  pairs/s of processor time", lambda each: f"{median(each.efficiency):.0f}", f"{median(used):.0f}"),
        ("  of the bare engine", lambda each: f"{median_ratio(each.efficiency, used):.0%}", "100%"),
        (f"pairs/s, {MANY} in a request", lambda each: f"{median(each.rates_many):.0f}", ""),
        ("  of the bare engine", lambda each: f"{median_ratio(each.rates_many, rates):.0%}", ""),
        ("  pairs/s of processor time", lambda each: f"{median(each.efficiency_many):.0f}", ""),
        ("  of the bare engine", lambda each: f"{median_ratio(each.efficiency_many, used):.0%}", ""),
        ("idle, median ms", lambda each: f"{each.idle_ms:.1f}", ""),
        ("at half its rate: pairs/s", lambda each: f"{each.half.rate:.0f}" if each.half else "", ""),
        ("  median ms", lambda each: f"{each.half.median:.0f}" if each.half else "", ""),
        ("  p99 ms", lambda each: f"{each.half.p99:.0f}" if each.half else "", ""),
        ("not answered with 2xx", lambda each: str(each.failed), ""),
    ]
    for name, cell, last in rows:
        table.add_row(name, *map(cell, comparison.measured.values()), last)
    return table


def goals_table(comparison: Comparison) -> Table:
    """Ours against what was set out to be reached."""
    table = Table("ours", "found", "goal", "")
    ours = comparison.measured.get(OURS.name)
    if ours:
        for name, found, goal, met in _goals(comparison, ours):
            table.add_row(name, found, goal, "met" if met else "missed")
    return table


def _goals(comparison: Comparison, ours: Measured) -> Iterator[tuple[str, str, str, bool]]:
    bare = [each["rate"] for each in comparison.bare]
    peers = {name: each for name, each in comparison.measured.items() if each is not ours}
    ratios = {name: median_ratio(ours.rates, each.rates) for name, each in peers.items()}
    for name, ratio in ratios.items():
        yield f"throughput, times {name}", f"{ratio:.1f}", "3.0", ratio >= 3
    engine, many = median_ratio(ours.rates, bare), median_ratio(ours.rates_many, bare)
    yield "throughput, of the bare engine", f"{engine:.0%}", "85%", engine >= 0.85
    yield f"{MANY} in a request, of the bare engine", f"{many:.0%}", "95%", many >= 0.95
    yield "idle request, median ms", f"{ours.idle_ms:.1f}", "12.0", ours.idle_ms <= 12
    medians = [each.half.median for each in peers.values() if each.half]
    if medians:
        yield from _latency_goals({"its own": ours.half, "the fastest peer's": ours.peer_half}, min(medians))
    yield "ready after, s", f"{ours.ready_seconds:.1f}", "4.0", ours.ready_seconds <= 4
    yield "resident, worker, MB", f"{ours.memory[0]:.0f}", "450", ours.memory[0] <= 450


def _latency_goals(measured: dict[str, Latency | None], best: float) -> Iterator[tuple[str, str, str, bool]]:
    for whose, each in measured.items():
        if each:
            goal = f"{best:.0f} (best peer's median)"
            yield f"p99 ms at half of {whose} throughput", f"{each.p99:.0f}", goal, each.p99 <= best


def overload_lines(found: Overload) -> Iterator[str]:
    """What ten times the load came to."""
    result = found.result
    statuses = ", ".join(f"{count} x {status or 'broken'}" for status, count in sorted(result.statuses.items()))
    total = sum(result.statuses.values())
    yield f"overload: {found.rate:.0f} pairs a second for {found.seconds:.0f} s; {statuses}; {result.unsent} not sent"
    yield f"  {total / found.seconds:.0f} a second were asked; the generator took {result.processor_seconds:.0f} s"
    yield f"  5xx and broken: {found.failed} (goal 0); accepted: {found.accepted}"
    yield (
        f"  accepted, median {percentile(result.milliseconds, 0.5) / 1000:.2f} s, slowest {found.slowest_seconds:.2f} s"
        f" (deadline {found.deadline_seconds:.0f} s); back to normal after {result.recovery:.2f} s (goal 2)"
    )


def soak_lines(found: Soak) -> Iterator[str]:
    """What a soak came to."""
    first, last = found.settled[0], found.settled[-1]
    statuses = ", ".join(f"{count} x {status or 'broken'}" for status, count in sorted(found.result.statuses.items()))
    yield f"soak: {last.seconds / 60:.1f} minutes of mixed load; {statuses}"
    yield f"  resident, all: {first.resident:.0f} to {last.resident:.0f} MB once settled, {found.slope:+.1f} MB an hour"
    yield f"  descriptors {first.descriptors} to {last.descriptors}, /metrics {first.metrics} to {last.metrics} bytes"
