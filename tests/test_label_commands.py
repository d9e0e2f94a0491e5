"""`stance labels`: the labels and invented articles in, pairs out, and an account in which no row is lost."""

import csv
import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from data.labelled import read_labelled
from data.standoff import ORIGINS, SHIPPED, Annotation, read_annotations
from data.tables import Reject, read_rows, write_rows
from stance import main

CARD = (SHIPPED / "README.md").read_text(encoding="utf-8")

TEXTS = {
    "polnear": (
        "desk_2031-05-04_the-dam-",
        "The dam.\n\nIt rained. “It held,” the mayor said.\n\n“No,” said Ana Ruiz.",
    ),
    "fnc1": ("fnc-train-7", 'Rats in the office\r\n\r\n"We saw one," she  said.\nShe left.'),
    "news": ("desk/7", "“Perhaps 😀,” the keeper told us."),
}
WORDS = {"polnear": ["“It held,”", "“No,”"], "fnc1": ['"We saw one,"'], "news": ["“Perhaps 😀,”"]}


class Outcome(NamedTuple):
    code: int
    out: str
    err: list[str]


class Desk(NamedTuple):
    """A user's files: the labels, and the articles in the three layouts in which they are published."""

    labels: Path
    polnear: Path
    fnc1: Path
    news: Path

    @property
    def texts(self) -> list[Path]:
        return [self.polnear, self.fnc1, self.news]


Run = Callable[..., Outcome]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run_main(*arguments: str | Path) -> Outcome:
        with pytest.raises(SystemExit) as exited:
            main(list(map(str, arguments)))
        code = exited.value.code
        captured = capsys.readouterr()
        return Outcome(code if isinstance(code, int) else 0, captured.out, captured.err.splitlines())

    return run_main


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(*(tmp_path / name for name in ("labels.jsonl.gz", "PolNeAR", "train_bodies.csv", "news.jsonl")))
    write_rows(desk.labels, [label(source, words) for source in TEXTS for words in WORDS[source]])
    folder = desk.polnear / "data" / "train" / "text"
    folder.mkdir(parents=True)
    (folder / f"{TEXTS['polnear'][0]}.txt").write_bytes(TEXTS["polnear"][1].encode())
    with desk.fnc1.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("Body ID", "articleBody"), (7, TEXTS["fnc1"][1]), (8, "Something else.")])
    write_rows(desk.news, [{"id": TEXTS["news"][0], "text": TEXTS["news"][1]}])
    return desk


def label(source: str, words: str) -> dict[str, Any]:
    article, text = TEXTS[source]
    start = text.index(words)
    return {
        "id": f"{article}#{start}",
        "source": source,
        "article": article,
        "sha256": hashlib.sha256(text.encode()).hexdigest()[:16],
        "claim": "The dam held.",
        "stance": "hedge",
        "statement": [[start, start + len(words)]],
        "speaker": [],
        "cue": [],
        "context": [[0, len(text)]],
        "implied": False,
    }


def test_three_layouts_become_one_file_of_labelled_pairs(run: Run, desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "pairs.jsonl.gz"
    done = run("labels", "join", *desk.texts, "--labels", desk.labels, "--out", out)
    account = f"{out}: 4 of 4 rows joined, 0 without their article, 0 set aside"
    assert done == Outcome(0, "", [account])
    examples = read_labelled([out]).examples
    assert [example.pair.statement for example in examples] == [words for listed in WORDS.values() for words in listed]
    assert [example.origin for example in examples] == ["polnear", "polnear", "rumour-news", "general-news"]
    assert {example.group for example in examples} == {article for article, _ in TEXTS.values()}
    assert examples[2].pair.context == 'Rats in the office "We saw one," she said. She left.'


def test_without_articles_it_says_where_to_get_them(run: Run, desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "pairs.jsonl"
    done = run("labels", "join", "--labels", desk.labels, "--out", out, "--partial")
    assert (done.code, done.out, out.exists()) == (1, "", False)
    assert done.err[:-1] == [
        f"missing: polnear (articles: 1, rows: 2): get {ORIGINS['polnear'].texts}",
        f"missing: rumour-news (articles: 1, rows: 1): get {ORIGINS['fnc1'].texts}",
        f"missing: general-news (articles: 1, rows: 1): get {ORIGINS['news'].texts}",
    ]
    account = "0 of 4 rows joined, 4 without their article, 0 set aside"
    assert done.err[-1] == f"stance: {out}: expected every row's text, found {account}; not written: add the texts"


@pytest.mark.parametrize("partial", [False, True])
def test_a_part_is_written_only_when_asked_for(run: Run, desk: Desk, tmp_path: Path, partial: bool) -> None:
    out = tmp_path / "pairs.jsonl"
    flags = ["--partial"] if partial else []
    done = run("labels", "join", desk.polnear, "--labels", desk.labels, "--out", out, *flags)
    account = "2 of 4 rows joined, 2 without their article, 0 set aside"
    assert done.err[:2] == [
        f"missing: rumour-news (articles: 1, rows: 1): get {ORIGINS['fnc1'].texts}",
        f"missing: general-news (articles: 1, rows: 1): get {ORIGINS['news'].texts}",
    ]
    if partial:
        assert (done.code, done.err[2:]) == (0, [f"{out}: {account}"])
        assert len(read_labelled([out]).examples) == 2
    else:
        remedy = "add the texts, or write what there is with --partial"
        reason = f"stance: {out}: expected every row's text, found {account}; not written: {remedy}"
        assert (done.code, done.err[2:], out.exists()) == (1, [reason], False)


def test_an_altered_article_is_named_and_never_joined(run: Run, desk: Desk, tmp_path: Path) -> None:
    (file,) = desk.polnear.rglob("*.txt")
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    out = tmp_path / "pairs.jsonl"
    done = run("labels", "join", *desk.texts, "--labels", desk.labels, "--out", out, "--partial")
    assert done.code == 0
    for line, told in enumerate(done.err[:2], start=1):
        assert told.startswith(
            f"set aside: {desk.labels}:{line}: article 'desk_2031-05-04_the-dam-': expected the text"
        )
    assert done.err[2:] == [f"{out}: 2 of 4 rows joined, 0 without their article, 2 set aside"]
    assert {example.origin for example in read_labelled([out]).examples} == {"rumour-news", "general-news"}


def test_broken_rows_are_counted_and_the_first_are_shown(run: Run, desk: Desk, tmp_path: Path) -> None:
    labels, out = tmp_path / "more.jsonl", tmp_path / "pairs.jsonl"
    write_rows(labels, [label("news", "“Perhaps 😀,”") | {"stance": "maybe"}] * 7)
    desk.news.write_text(desk.news.read_text(encoding="utf-8") + "{torn\n", encoding="utf-8")
    done = run("labels", "join", *desk.texts, "--labels", desk.labels, "--labels", labels, "--out", out, "--partial")
    assert done.err[0].startswith(f"set aside: {desk.news}:2: expected JSON")
    assert [told.split(": ")[1] for told in done.err[1:6]] == [f"{labels}:{line}" for line in range(1, 6)]
    assert done.err[6:] == [
        "set aside: 2 rows more",
        f"{out}: 4 of 11 rows joined, 0 without their article, 7 set aside",
    ]


def test_no_text_is_told_on_the_way(run: Run, desk: Desk, tmp_path: Path) -> None:
    desk.news.write_text(json.dumps({"id": "desk/7", "text": "“Perhaps not.”"}), encoding="utf-8")
    done = run("labels", "join", *desk.texts, "--labels", desk.labels, "--out", tmp_path / "pairs.csv", "--partial")
    assert not [told for told in done.err if "Perhaps" in told or "held" in told]


def test_count_adds_up(run: Run, desk: Desk) -> None:
    done = run("labels", "count", desk.labels)
    head = "| file | source | articles | claims | rows | support | denial | hedge | unrelated | implied |"
    assert (done.code, done.err) == (0, [])
    assert done.out.splitlines() == [
        head,
        f"| --- | --- {'| --: ' * 8}|",
        "| labels.jsonl.gz | polnear | 1 | 1 | 2 | 0 | 0 | 2 | 0 | 0 |",
        "| labels.jsonl.gz | fnc1 | 1 | 1 | 1 | 0 | 0 | 1 | 0 | 0 |",
        "| labels.jsonl.gz | news | 1 | 1 | 1 | 0 | 0 | 1 | 0 | 0 |",
    ]


# the card of the labels that ship


def test_the_card_counts_what_the_command_counts(run: Run) -> None:
    assert run("labels", "count").out in CARD


def test_the_card_names_every_collection_with_its_numbers() -> None:
    articles: defaultdict[str, set[str]] = defaultdict(set)
    rows: Counter[str] = Counter()
    for split in ("train", "train-2", "dev"):
        for item in read_annotations(SHIPPED / f"{split}.jsonl.gz"):
            if isinstance(item, Annotation) and item.source == "news":
                name = item.article.split("/")[0]
                articles[name].add(item.article)
                rows[name] += 1
    stated = re.findall(r"^\| ([\w-]+) \| (\d+) \| (\d+) \| [\w-]+/", CARD, re.MULTILINE)
    assert stated == [(name, str(len(articles[name])), str(rows[name])) for name in sorted(articles)]


def test_the_card_explains_every_column() -> None:
    first = next(read_rows(SHIPPED / "dev.jsonl.gz"))
    assert not isinstance(first, Reject)
    assert [name for name in first.values if f"`{name}`" not in CARD] == []
