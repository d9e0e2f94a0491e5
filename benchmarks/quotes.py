"""Who finds statements best: our extractor beside rules that can be run here and systems measured elsewhere.

    python benchmarks/quotes.py ../shared/data/polnear/dev.jsonl.gz [--model DIR] [--runs N]

Rows marked "test" stand for what cannot be installed without a parser's model: they were measured once, on PolNeAR's
test split with the same scoring, by running each system's own code on the parses that come with the corpus.
"""

import argparse
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from data.articles import read_articles
from data.records import Attribution, Span
from data.tables import Reject
from model.checkpoint import ATTRIBUTION_CHECKPOINT, read_checkpoint
from model.quotes.extractor import QuoteExtractor
from model.quotes.marks import marked_stretches
from model.quotes.segments import paragraphs
from model.quotes.tags import TAGS
from training.quote_scores import QuoteScores, attribution, score

WORDS = 800
LEAST_WORDS = 3  # shorter stretches in marks are names and scare quotes more often than not

NAME = r"(?:[A-Z][\w.’'-]*\s+(?:(?:de|van|von|al|bin)\s+)?){0,3}[A-Z][\w’'-]*"
SOURCE = rf"(?:{NAME}|he|she|they|He|She|They)"
CUE = (
    r"(?:has |had |also |later )?(?:said|says|told|added|wrote|asked|argued|explained|insisted|claimed|warned|noted|"
    r"announced|declared|replied|continued|stated|tweeted|suggested|denied|admitted)"
)
BEFORE = re.compile(rf"(?P<source>{SOURCE})(?:,[^,.“”\"]{{1,60}},)?\s+(?P<cue>{CUE})(?:[:,]| that)?\s*$")
AFTER = re.compile(
    rf"[,.]?\s*(?:(?P<cue>{CUE})\s+(?:[a-z]+\s+){{0,3}}(?P<source>{SOURCE})"
    rf"|(?P<source2>{SOURCE})(?:,[^,.“”\"]{{1,60}},)?\s+(?P<cue2>{CUE})\b)"
)

Extract = Callable[[str], Sequence[Attribution]]

ELSEWHERE = {
    "textacy": (38.8, 7.0, 21.6, 24.7, 19.4),
    "JournalismAI's patterns": (33.2, 16.3, 19.7, 21.5, 20.0),
    "GenderGapTracker": (67.0, 33.3, 52.7, 46.8, 44.2),
    "Citron's code, trained on PolNeAR": (69.0, 40.5, 66.5, 57.0, 59.7),
    "BERT-base, PolNeAR (van Timmeren)": (88.6, 59.7, 81.0, 73.6, 72.6),
    "the same with the mark rule": (92.1, 63.6, 81.8, 74.4, 74.0),
    "one human against another": (91.3, 69.1, 79.4, 71.2, 76.9),
}
"""F1 in per cent: content token, content exact, source exact, cue exact, quote and speaker."""


def quotations(article: str) -> Iterator[Span]:
    """What stands in quotation marks and has LEAST_WORDS words or more."""
    for stretch in marked_stretches(article, paragraphs(article)):
        if len(stretch.of(article).split()) >= LEAST_WORDS:
            yield stretch


def marks_alone(article: str) -> list[Attribution]:
    """Every quotation, by nobody."""
    return [Attribution((), (), (stretch,)) for stretch in quotations(article)]


def marks_and_verbs(article: str) -> list[Attribution]:
    """Quotations beside a reporting verb and a name or pronoun, the three patterns of Pouliquen et al. (2007)."""
    found = []
    for stretch in quotations(article):
        before = BEFORE.search(article, max(0, stretch.start - 160), stretch.start)
        after = AFTER.match(article, stretch.end, stretch.end + 160)
        match = after or before
        source: tuple[Span, ...] = ()
        cue: tuple[Span, ...] = ()
        if match:
            second = after is not None and after.groupdict().get("source2") is not None
            source = (Span(*match.span("source2" if second else "source")),)
            cue = (Span(*match.span("cue2" if second else "cue")),)
        found.append(Attribution(source, cue, (stretch,)))
    return found


def milliseconds(extract: Extract, articles: Sequence[str], runs: int) -> float:
    """Median over `runs` articles of WORDS words, one at a time, after one to warm up."""
    times = []
    for number in range(runs + 1):
        article = articles[number % len(articles)]
        start = time.perf_counter()
        extract(article)
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times[1:])


def cut(article: str) -> str:
    """The article up to its WORDS-th word."""
    words = list(re.finditer(r"\S+", article))
    return article[: words[WORDS - 1].end()] if len(words) > WORDS else article


def figures(scores: QuoteScores) -> list[str]:
    """The five F1 in per cent, in the order of ELSEWHERE."""
    values = (
        scores.content.token.f1,
        scores.content.exact.f1,
        scores.source.exact.f1,
        scores.cue.exact.f1,
        scores.quote_and_speaker.f1,
    )
    return [f"{100 * value:.1f}" for value in values]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles", type=Path, help="annotated articles")
    parser.add_argument("--model", type=Path, default=ATTRIBUTION_CHECKPOINT, help="attribution checkpoint")
    parser.add_argument("--runs", type=int, default=30, help="articles timed for each system")
    options = parser.parse_args()
    gold = [row for row in read_articles(options.articles) if not isinstance(row, Reject)]
    long = [cut(article.text) for article in gold if len(article.text.split()) >= WORDS]
    extractor = QuoteExtractor.of(read_checkpoint(options.model, task="attribution", labels=TAGS))

    def ours(article: str) -> list[Attribution]:
        return [attribution(statement) for statement in extractor.extract(article)]

    systems: dict[str, Extract] = {
        "ours": ours,
        "marks, a verb and a name": marks_and_verbs,
        "marks alone": marks_alone,
    }
    table = Table(
        "system", "on", "content token", "content exact", "source", "cue", "quote + speaker", f"ms / {WORDS} words"
    )
    for name, extract in systems.items():
        scores = score(gold, [extract(article.text) for article in gold])
        speed = f"{milliseconds(extract, long, options.runs):.0f}" if long else "-"
        table.add_row(name, options.articles.name.split(".")[0], *figures(scores), speed)
    for name, values in ELSEWHERE.items():
        table.add_row(name, "20 articles" if "human" in name else "test", *map(str, values), "-")
    Console(width=None if sys.stdout.isatty() else 132).print(table)


if __name__ == "__main__":
    main()
