"""Annotated articles: the same from every format, and no offset that points outside its text."""

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.articles import read_articles
from data.errors import BadInput
from data.records import AnnotatedArticle, Attribution, Span
from data.tables import Reject, write_rows

SHARED = Path(os.environ.get("STANCE_DATA", Path(__file__).parents[2] / "shared" / "data"))

TEXT = "“We paid 😀,” Ruiz said. “Twice.”"
PARTS = {"source": [[13, 17]], "cue": [[18, 22]], "content": [[0, 12], [24, 32]]}


def read(path: Path, *rows: dict[str, Any]) -> list[AnnotatedArticle | Reject]:
    write_rows(path, rows)
    return list(read_articles(path))


def article(**attribution: Any) -> dict[str, Any]:
    return {"id": "a", "text": TEXT, "attributions": [attribution]}


@pytest.mark.parametrize("ending", [".jsonl", ".jsonl.gz", ".csv", ".csv.zst", ".parquet"])
def test_an_article_is_the_same_from_every_format(tmp_path: Path, ending: str) -> None:
    (read_back,) = read(tmp_path / f"articles{ending}", article(**PARTS))
    assert isinstance(read_back, AnnotatedArticle)
    (attribution,) = read_back.attributions
    assert attribution == Attribution(source=(Span(13, 17),), cue=(Span(18, 22),), content=(Span(0, 12), Span(24, 32)))
    assert [span.of(TEXT) for span in attribution.content] == ["“We paid 😀,”", "“Twice.”"]
    assert attribution.source[0].of(TEXT) == "Ruiz"


def test_parts_may_be_missing_and_columns_may_be_more(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"id": 7, "text": TEXT, "attributions": [{"kind": "other", "cue": None, "content": [[0, 12]]}], "date": "2031"},
        {"text": TEXT, "attributions": []},
    ]
    assert read(tmp_path / "articles.jsonl", *rows) == [
        AnnotatedArticle("7", TEXT, (Attribution(source=(), cue=(), content=(Span(0, 12),)),)),
        AnnotatedArticle("articles.jsonl:2", TEXT, ()),
    ]


def test_fragments_may_touch(tmp_path: Path) -> None:
    (found,) = read(tmp_path / "articles.jsonl", article(content=[[0, 4], [4, 32]]))
    assert isinstance(found, AnnotatedArticle)
    assert found.attributions[0].content == (Span(0, 4), Span(4, 32))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (
            article(content=[[0, 33]]),
            r"content[0] to be code points [start, end] with 0 <= start < end <= 32, found [0, 33]",
        ),
        (
            article(content=[[-1, 4]]),
            "content[0] to be code points [start, end] with 0 <= start < end <= 32, found [-1, 4]",
        ),
        (article(cue=[[0, 4], [4, 4]]), "attributions[0].cue[1] to be code points [start, end]"),
        (article(cue=[[4, 2]]), "attributions[0].cue[0] to be code points"),
        (article(source=[[0, 4, 5]]), "attributions[0].source[0] to be code points"),
        (article(source=[[0.0, 4.0]]), "attributions[0].source[0] to be code points"),
        (article(source=[[False, True]]), "attributions[0].source[0] to be code points"),
        (article(source=["04"]), "attributions[0].source[0] to be code points"),
        (article(source=[0, 4]), "attributions[0].source[0] to be code points"),
        (article(source="Ruiz"), "expected attributions[0].source to be a list of [start, end], found 'Ruiz'"),
        (article(content=[[4, 9], [0, 3]]), "content in order and without overlap, found [4, 9] before [0, 3]: sort"),
        (article(content=[[0, 5], [4, 9]]), "content in order and without overlap, found [0, 5] before [4, 9]"),
        (article(speaker=[[0, 4]]), "expected offsets in attributions[0], found none under source, cue, content: name"),
        (article(content=[]), "expected offsets in attributions[0], found none"),
        (
            {"text": TEXT, "attributions": ["Ruiz"]},
            "expected attributions[0] to be an object with source, cue, content",
        ),
        ({"text": TEXT, "attributions": None}, "expected a list in 'attributions', found None: write []"),
        ({"text": TEXT, "attributions": "none"}, "expected JSON, whole on one line"),
        ({"text": TEXT}, "expected a column 'attributions', found text: add it or rename one"),
        ({"article": TEXT, "attributions": []}, "expected a column 'text', found article, attributions"),
        ({"text": "", "attributions": []}, "expected text in 'text', found none"),
    ],
)
def test_a_wrong_article_is_rejected_with_its_place_and_the_others_stay(
    tmp_path: Path, row: dict[str, Any], reason: str
) -> None:
    path = tmp_path / "articles.jsonl"
    before, rejected, after = read(path, article(**PARTS), row, article(**PARTS))
    assert before == after
    assert isinstance(before, AnnotatedArticle)
    assert isinstance(rejected, Reject)
    assert rejected.where == f"{path}:2"
    assert reason in rejected.reason


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"articles\.jsonl: expected a file, found nothing there"):
        list(read_articles(tmp_path / "articles.jsonl"))


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(-3, 36), max_size=3), max_size=4))
def test_whatever_is_accepted_is_ordered_disjoint_and_inside_the_text(
    tmp_path_factory: pytest.TempPathFactory, content: list[list[int]]
) -> None:
    path = tmp_path_factory.mktemp("articles") / "articles.jsonl"
    (found,) = read(path, article(cue=[[0, 1]], content=content))
    flat = [offset for fragment in content for offset in fragment]
    sound = all(len(fragment) == 2 and fragment[0] < fragment[1] for fragment in content) and (
        flat == sorted(flat) and all(0 <= offset <= len(TEXT) for offset in flat)
    )
    assert isinstance(found, AnnotatedArticle) == sound
    if isinstance(found, AnnotatedArticle):
        assert [list(span) for span in found.attributions[0].content] == content


@pytest.mark.skipif(not (SHARED / "polnear").is_dir(), reason=f"needs the annotated news in {SHARED} (STANCE_DATA)")
@pytest.mark.parametrize(("name", "articles", "attributions"), [("dev", 84, 2189), ("train", 840, 19882)])
def test_real_annotations_are_read_whole(name: str, articles: int, attributions: int) -> None:
    found = list(read_articles(SHARED / "polnear" / f"{name}.jsonl.gz"))
    sound = [item for item in found if isinstance(item, AnnotatedArticle)]
    assert len(found) == len(sound) == articles
    assert sum(len(item.attributions) for item in sound) == attributions
