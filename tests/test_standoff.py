"""Labels without text, put together with invented articles, and with the real ones where they are at hand."""

import csv
import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.labelled import read_labelled
from data.originals import Original, read_originals
from data.records import LABELS, Example, Pair, Span, Stance
from data.standoff import SHIPPED, Annotation, Joined, join, read_annotations
from data.tables import Reject, read_rows, write_rows

SHARED = Path(os.environ.get("STANCE_DATA", Path(__file__).parents[2] / "shared" / "data"))

ARTICLE = "Rain 😀 fell.\n\n“We knew,” said the mayor\nof Ulm. “It held,\n\nall night.” She left."
LABEL: dict[str, Any] = {
    "id": "desk/7#0",
    "source": "news",
    "article": "desk/7",
    "sha256": hashlib.sha256(ARTICLE.encode()).hexdigest()[:16],
    "claim": "The dam held.",
    "stance": "support",
    "statement": [[14, 24], [48, 71]],
    "speaker": [[30, 46]],
    "cue": [[25, 29]],
    "context": [[0, 12], [14, 47]],
    "implied": False,
}


def read(folder: Path, *rows: dict[str, Any]) -> list[Annotation | Reject]:
    write_rows(folder / "labels.jsonl", rows)
    return list(read_annotations(folder / "labels.jsonl"))


def joined(folder: Path, *rows: dict[str, Any], text: str = ARTICLE) -> Joined:
    return join(read(folder, *rows), [Original("desk/7", text)])


def test_a_label_becomes_a_pair_in_the_words_of_its_article(tmp_path: Path) -> None:
    pair = Pair(
        claim="The dam held.",
        statement="“We knew,” ... “It held, all night.”",
        speaker="the mayor of Ulm",
        cue="said",
        context="Rain 😀 fell. “We knew,” said the mayor of Ulm.",
    )
    example = Example(pair, Stance.SUPPORT, id="desk/7#0", group="desk/7", origin="general-news")
    assert joined(tmp_path, LABEL) == Joined((example,), (), ())


def test_parts_that_are_not_there_are_empty(tmp_path: Path) -> None:
    bare = LABEL | {"speaker": [], "cue": None, "context": []}
    del bare["implied"], bare["id"]
    ((label,), result) = read(tmp_path, bare), joined(tmp_path, bare)
    assert isinstance(label, Annotation)
    assert (label.id, label.implied) == ("labels.jsonl:1", False)
    assert [example.pair for example in result.examples] == [
        Pair("The dam held.", "“We knew,” ... “It held, all night.”")
    ]


@pytest.mark.parametrize("change", ["\n", " ", "."])
def test_an_altered_article_sets_its_rows_aside(tmp_path: Path, change: str) -> None:
    result = joined(tmp_path, LABEL, LABEL | {"article": "desk/8"}, text=ARTICLE + change)
    assert (result.examples, [label.article for label in result.missing]) == ((), ["desk/8"])
    found = hashlib.sha256((ARTICLE + change).encode()).hexdigest()[:16]
    (reject,) = result.rejects
    assert str(reject) == (
        f"{tmp_path}/labels.jsonl:1: article 'desk/7': expected the text whose sha256 begins {LABEL['sha256']}, "
        f"found {found}: get it unchanged (in git: core.autocrlf=false)"
    )


def test_of_two_versions_of_an_article_the_labelled_one_is_taken(tmp_path: Path) -> None:
    versions = [Original("desk/7", ARTICLE + "!"), Original("desk/7", ARTICLE), Original("desk/7", "Rain.")]
    result = join(read(tmp_path, LABEL), versions)
    assert (len(result.examples), result.rejects) == (1, ())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"source": "blog"}, "expected source to be one of polnear, fnc1, news, found 'blog': correct it"),
        (
            {"stance": "agree"},
            "expected stance to be one of support, denial, hedge, unrelated, found 'agree': correct it",
        ),
        ({"statement": []}, "expected offsets in 'statement', found none"),
        ({"statement": [[5, 2]]}, "expected statement[0] to be code points [start, end] with 0 <= start < end"),
        (
            {"context": [[0, 5000]]},
            f"article 'desk/7': expected offsets up to its {len(ARTICLE)} code points, found 5000",
        ),
        (
            {"statement": [[0, 4], [12, 14]]},
            "article 'desk/7': expected words at [[0, 4], [12, 14]], found white space",
        ),
        ({"sha256": ""}, "expected text in 'sha256', found none"),
        ({"claim": " "}, "expected text in 'claim', found none"),
        ({"implied": "no"}, "expected true or false in 'implied', found 'no': correct it"),
    ],
)
def test_a_wrong_label_is_set_aside_with_its_place(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    result = joined(tmp_path, LABEL, LABEL | change)
    assert (len(result.examples), result.missing) == (1, ())
    assert [str(reject).startswith(f"{tmp_path}/labels.jsonl:2: {reason}") for reject in result.rejects] == [True]


@given(
    st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["right", "wrong", "long"]))),
    st.lists(st.tuples(st.integers(0, 4), st.sampled_from([ARTICLE, "Rain."]))),
)
def test_every_label_ends_in_one_place(rows: list[tuple[int, str]], texts: list[tuple[int, str]]) -> None:
    labels = [_label(f"desk/{article}", kind, number) for number, (article, kind) in enumerate(rows)]
    result = join(labels, [Original(f"desk/{article}", text) for article, text in texts])
    there = {article for article, _ in texts}
    whole = {article for article, text in texts if text == ARTICLE}
    assert len(result.examples) + len(result.missing) + len(result.rejects) == len(rows)
    assert len(result.missing) == sum(article not in there for article, _ in rows)
    assert [example.id for example in result.examples] == [
        str(number) for number, (article, kind) in enumerate(rows) if article in whole and kind == "right"
    ]


def _label(article: str, kind: str, number: int) -> Annotation:
    end = len(ARTICLE) + 1 if kind == "long" else 4
    sha256 = "0" * 16 if kind == "wrong" else LABEL["sha256"]
    return Annotation(
        where=f"labels.jsonl:{number + 1}",
        id=str(number),
        source="polnear",
        article=article,
        sha256=sha256,
        claim="It rained.",
        stance=Stance.SUPPORT,
        statement=(Span(0, end),),
        speaker=(),
        cue=(),
        context=(),
        implied=False,
    )


# the labels that ship


@pytest.mark.parametrize(
    ("split", "rows", "implied"), [("train", 21680, 5396), ("train-2", 20278, 0), ("dev", 2551, 0)]
)
def test_the_labels_that_ship_are_whole_and_hold_no_text(split: str, rows: int, implied: int) -> None:
    path = SHIPPED / f"{split}.jsonl.gz"
    labels = [label for label in read_annotations(path) if isinstance(label, Annotation)]
    assert len(labels) == rows
    assert sum(label.implied for label in labels) == implied
    assert all(label.stance is Stance.UNRELATED and label.source == "polnear" for label in labels if label.implied)
    assert {label.stance for label in labels} == set(LABELS)
    assert {tuple(row.values) for row in read_rows(path) if not isinstance(row, Reject)} == {tuple(LABEL)}


def test_no_article_stands_on_two_sides() -> None:
    files = [
        {(label.source, label.article) for label in read_annotations(SHIPPED / name) if isinstance(label, Annotation)}
        for name in ("train.jsonl.gz", "train-2.jsonl.gz", "dev.jsonl.gz")
    ]
    assert all(files)
    assert len(set.union(*files)) == sum(map(len, files))


def originals(folder: Path, split: str) -> Iterator[Path]:
    """The real articles in the layouts that their owners publish."""
    texts = folder / "PolNeAR" / "data" / split / "text"
    texts.mkdir(parents=True)
    for row in read_rows(SHARED / "polnear" / f"{split}.jsonl.gz"):
        assert not isinstance(row, Reject)
        (texts / f"{row.values['id']}.txt").write_bytes(row.values["text"].encode())
    yield folder / "PolNeAR"
    with (folder / "train_bodies.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("Body ID", "articleBody"))
        for row in read_rows(SHARED / "standoff" / "fnc1-articles.jsonl.gz"):
            assert not isinstance(row, Reject)
            out.writerow((row.values["id"].removeprefix("fnc-train-"), row.values["text"]))
    yield folder / "train_bodies.csv"
    yield SHARED / "standoff" / "news-articles.jsonl.gz"


@pytest.mark.skipif(not (SHARED / "standoff").is_dir(), reason=f"needs the articles in {SHARED} (STANCE_DATA)")
@pytest.mark.parametrize(("split", "reworded"), [("train", (892, 745)), ("dev", (50, 70))])
def test_joined_rows_are_the_training_rows(tmp_path: Path, split: str, reworded: tuple[int, int]) -> None:
    """Row for row; a context in the annotator's own words is the sentences it rests on instead."""
    labels = list(read_annotations(SHIPPED / f"{split}.jsonl.gz"))
    wanted = {label.article for label in labels if isinstance(label, Annotation)}
    found = list(chain.from_iterable(read_originals(path, wanted) for path in originals(tmp_path, split)))
    result = join(labels, [item for item in found if isinstance(item, Original)])
    assert (len(result.examples), result.missing, result.rejects) == (len(labels), (), ())
    expected = read_labelled([SHARED / "stance" / f"{split}.jsonl.gz"]).examples
    assert [_but_context(example) for example in result.examples] == [_but_context(example) for example in expected]
    pairs = zip(result.examples, expected, strict=True)
    differ = Counter(ours.origin for ours, theirs in pairs if ours != theirs)
    assert differ == {"rumour-news": reworded[0], "general-news": reworded[1]}


@pytest.mark.skipif(not (SHARED / "standoff").is_dir(), reason=f"needs the articles in {SHARED} (STANCE_DATA)")
def test_the_labels_that_ship_are_those_that_were_given() -> None:
    for split in ("train", "dev"):
        given_rows = [
            row.values for row in read_rows(SHARED / "standoff" / f"{split}.jsonl.gz") if not isinstance(row, Reject)
        ]
        ours = [row.values for row in read_rows(SHIPPED / f"{split}.jsonl.gz") if not isinstance(row, Reject)]
        key = ("source", "article", "claim", "stance", "statement")
        assert [[row[k] for k in key] for row in ours if not row["implied"]] == [
            [row[k] for k in key] for row in given_rows
        ]


@pytest.mark.skipif(not (SHARED / "standoff").is_dir(), reason=f"needs the articles in {SHARED} (STANCE_DATA)")
def test_every_label_for_training_finds_its_words() -> None:
    labels = list(read_annotations(SHIPPED / "train-2.jsonl.gz"))
    wanted = {label.article for label in labels if isinstance(label, Annotation)}
    files = [SHARED / "polnear" / "train.jsonl.gz", SHARED / "news" / "wikinews-en.jsonl.gz"]
    found = chain.from_iterable(read_originals(path, wanted) for path in files)
    result = join(labels, [item for item in found if isinstance(item, Original)])
    assert (len(result.examples), result.missing, result.rejects) == (len(labels), (), ())


@pytest.mark.skipif(not (SHARED / "standoff").is_dir(), reason=f"needs the articles in {SHARED} (STANCE_DATA)")
@pytest.mark.parametrize("split", ["train", "train-2", "dev"])
def test_no_claim_repeats_its_article(split: str) -> None:
    """A claim is ours: it shares at most five words in a row with the article that it was written for."""
    labels = [label for label in read_annotations(SHIPPED / f"{split}.jsonl.gz") if isinstance(label, Annotation)]
    articles = {label.article for label in labels}
    files = [
        SHARED / "polnear" / f"{split.removesuffix('-2')}.jsonl.gz",
        SHARED / "news" / "wikinews-en.jsonl.gz",
        *(SHARED / "standoff").glob("*-articles.jsonl.gz"),
    ]
    found = chain.from_iterable(read_originals(path, articles) for path in files)
    texts = {item.id: f" {' '.join(_tokens(item.text))} " for item in found if isinstance(item, Original)}
    claims = {(label.article, label.claim) for label in labels}
    runs = [
        (article, tokens[start : start + 6])
        for article, claim in claims
        if (tokens := _tokens(claim))
        for start in range(len(tokens) - 5)
    ]
    assert len(runs) > len(claims)
    assert [run for article, run in runs if f" {' '.join(run)} " in texts[article]] == []


def _tokens(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _but_context(example: Example) -> tuple[object, ...]:
    pair = example.pair
    words = (pair.claim, pair.statement, pair.speaker, pair.cue)
    return (*words, example.stance, example.id, example.group, example.origin)
