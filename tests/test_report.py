"""The report is one page that marks every statement, escapes every text and asks for nothing outside itself."""

import base64
import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.records import LABELS, Judgement, Kind, Span, Speaker, Stance, Statement
from model.analyser import Analysis, ArticleJudgement, model_document
from model.checkpoint import Checkpoint, read_checkpoint
from model.explanation import Evidence, Explanation, Place
from serving.report import report

MADE = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
ARTICLE = "“No,” he said. <script>alert(1)</script> Ruiz denied “that the firm & its men” paid."
CLAIMS = ("The firm paid.", "It </style><script>will</script> close.")


@pytest.fixture(scope="module")
def checkpoint(stance_checkpoint: Path) -> Checkpoint:
    return read_checkpoint(stance_checkpoint, task="stance", labels=LABELS)


@pytest.fixture
def analysis(checkpoint: Checkpoint) -> Analysis:
    firm = ARTICLE.index("that")
    statements = (
        statement(Span(0, 5), speaker=Speaker("he", Span(6, 8))),
        statement(
            Span(firm, firm + 20), Span(firm + 22, firm + 26), speaker=Speaker("Ruiz", Span(45, 49), name="Ana Ruiz")
        ),
        statement(Span(firm + 5, firm + 13), speaker=Speaker("Ruiz", Span(45, 49), name="Ana Ruiz")),
    )
    judgements = (
        judged(0, 0, Stance.HEDGE),
        judged(1, 0, Stance.DENIAL),
        judged(1, 1, Stance.SUPPORT, truncated=True),
        judged(2, 0, Stance.DENIAL),
    )
    return Analysis(article=ARTICLE, claims=CLAIMS, statements=statements, judgements=judgements, checkpoint=checkpoint)


def statement(*content: Span, speaker: Speaker | None = None) -> Statement:
    return Statement(kind=Kind.MIXED, text="…", content=content, context=Span(0, 1), speaker=speaker)


def judged(index: int, claim: int, stance: Stance, *, truncated: bool = False) -> ArticleJudgement:
    support, denial, hedge, unrelated = (0.91 if label is stance else 0.03 for label in LABELS)
    judgement = Judgement(stance, (support, denial, hedge, unrelated), truncated)
    return ArticleJudgement(statement=index, claim=claim, relevant=True, judgement=judgement)


class Page(HTMLParser):
    """What a browser makes of a report: its tags, and the text of the article without the signs added to it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.article = ""
        self.text = ""
        self._inside: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside.append("article" if ("class", "article") in attrs else tag)

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() not in {tag, "article"}:
            pass  # <meta> and its like are never closed

    def handle_data(self, data: str) -> None:
        self.text += data
        if "article" in self._inside and "sup" not in self._inside:
            self.article += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_nothing_of_the_texts_becomes_markup(analysis: Analysis) -> None:
    page = report(analysis, made=MADE)
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert page.count("</style>") == 1
    assert "It &lt;/style&gt;" in page


def test_the_article_stands_in_the_page_letter_for_letter(analysis: Analysis) -> None:
    assert Page(report(analysis, made=MADE)).article == ARTICLE


@settings(deadline=None)
@given(data=st.data())
def test_any_statements_may_overlap(data: st.DataObject, checkpoint: Checkpoint) -> None:
    article = data.draw(st.text(st.sampled_from("ab<&\"'“” \n"), min_size=1, max_size=40))
    edge = st.integers(0, len(article))
    statements = []
    for _ in range(data.draw(st.integers(0, 5))):
        edges = sorted(data.draw(st.sets(edge, min_size=2, max_size=6)))
        statements.append(statement(*(Span(*pair) for pair in zip(edges[::2], edges[1::2], strict=False))))
    judgements = tuple(judged(index, 0, Stance.HEDGE) for index in range(0, len(statements), 2))
    page = Page(
        report(
            Analysis(
                article=article,
                claims=("A claim.",),
                statements=tuple(statements),
                judgements=judgements,
                checkpoint=checkpoint,
            ),
            made=MADE,
        )
    )
    assert page.article == article
    assert sorted(attributes["id"] or "" for attributes in page.all("span") if "id" in attributes) == sorted(
        f"s{index}" for index in range(len(statements))
    )
    assert len(page.all("sup")) == len(judgements)


def test_marks_say_stance_by_class_sign_and_title(analysis: Analysis) -> None:
    page = report(analysis, made=MADE)
    marks = re.findall(r'<mark class="mark (\w+)" title="([^"]*)">([^<]*)</mark>((?:<sup.*?</sup>)*)', page)
    assert [(kind, unescape(text)) for kind, _, text, _ in marks] == [
        ("hedge", "“No,”"),
        ("several", "that "),
        ("several", "the firm"),
        ("several", " & its "),
        ("several", "“ pa"[:0] + ARTICLE[ARTICLE.index("that") + 22 : ARTICLE.index("that") + 26]),
    ]
    assert marks[0][1] == "he\nclaim 1: support 3 %, denial 3 %, hedge 91 %, unrelated 3 %"
    assert marks[0][3] == '<sup class="hedge">1~</sup>'
    assert marks[2][1].count("Ana Ruiz") == 2
    assert marks[4][3] == '<sup class="denial">1✗</sup><sup class="support">2✓</sup>'


def test_the_matrix_joins_statements_by_full_name_only(analysis: Analysis) -> None:
    he = replace(analysis.statements[0], content=(Span(9, 13),))
    more = replace(
        analysis, statements=(*analysis.statements, he), judgements=(*analysis.judgements, judged(3, 0, Stance.HEDGE))
    )
    page = report(more, made=MADE)
    assert re.findall(r'<th scope="row">(.*?)</th>', page) == ["he", "Ana Ruiz", "he"]
    [ruiz] = re.findall(r'<th scope="row">Ana Ruiz</th>(.*?)</tr>', page)
    assert re.findall(r'data-claim="(.*?)"|href="#(s\d)">([^<]*)<', ruiz) == [
        ("Claim 1", "", ""),
        ("", "s1", "✗ denial 91 %"),
        ("", "s2", "✗ denial 91 %"),
        ("Claim 2", "", ""),
        ("", "s1", "✓ support 91 %*"),
    ]


def test_every_link_leads_to_a_statement_on_the_page(analysis: Analysis) -> None:
    page = Page(report(analysis, made=MADE))
    anchors = {f"#{attributes['id']}" for _, attributes in page.tags if "id" in attributes}
    links = [attributes["href"] for attributes in page.all("a")]
    assert len(links) == 4
    assert set(links) <= anchors


def test_the_page_asks_for_nothing_outside_itself(analysis: Analysis) -> None:
    page = report(analysis, made=MADE)
    parsed = Page(page)
    assert {tag for tag, _ in parsed.tags} & {"script", "link", "img", "iframe", "form", "base", "object"} == set()
    assert not [
        name for _, attributes in parsed.tags for name in attributes if name.startswith("on") or name == "style"
    ]
    assert "url(" not in page
    assert "@import" not in page
    [policy] = [a["content"] or "" for a in parsed.all("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    [style] = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_the_record_names_model_data_article_and_time(analysis: Analysis, checkpoint: Checkpoint) -> None:
    text = Page(report(analysis, made=MADE)).text
    assert f"{checkpoint.facts.name}, version {checkpoint.version}, made {checkpoint.facts.created}" in text
    assert model_document(checkpoint)["data"] in text
    for name, sha256 in checkpoint.facts.data.items():
        assert f"{name} {sha256}" in text
    assert hashlib.sha256(ARTICLE.encode()).hexdigest() in text
    assert "2026-01-02 03:04+00:00" in text
    assert "A stance is what the speaker says about the claim, not what is true." in text
    assert "3 statements found." in text


def test_the_words_that_carry_a_stance_stand_out_where_they_are(analysis: Analysis) -> None:
    plain_page = report(analysis, made=MADE)
    assert "<strong>" not in plain_page
    carried = Explanation(
        (Evidence(Place("statement", Span(25, 27)), 2.0), Evidence(Place("statement", Span(5, 8)), 1.0)), 0.1
    )
    explained = replace(analysis.judgements[1], explanation=carried)
    page = report(
        replace(analysis, judgements=(analysis.judgements[0], explained, *analysis.judgements[2:])), made=MADE
    )
    firm = ARTICLE.index("that")
    strong = re.findall(r"<mark[^>]*><strong>(.*?)</strong></mark>", page)
    assert [unescape(words) for words in strong] == [ARTICLE[firm + 5 : firm + 8], ARTICLE[firm + 22 : firm + 24]]
    assert unescape(page).count(f"; denial by “{ARTICLE[firm + 22 : firm + 24]}”, “the”") > 0
    assert Page(page).article == ARTICLE
    assert "words that carry a stance" in Page(page).text


def test_what_is_less_certain_than_was_asked_for_is_left_open(analysis: Analysis) -> None:
    unsure = replace(analysis.judgements[0], judgement=Judgement(Stance.HEDGE, (0.2, 0.2, 0.5, 0.1)))
    page = report(replace(analysis, judgements=(unsure, *analysis.judgements[1:]), min_confidence=0.6), made=MADE)
    assert re.findall(r'<a class="open" href="#s0">(.*?)</a>', page) == ["? open"]
    assert '<sup class="open">1?</sup>' in page
    assert '<mark class="mark open"' in page
    assert "? open: less certain than 60 %" in Page(page).text
    assert "✗ denial 91 %" in page
    assert "left to the reader" not in Page(report(analysis, made=MADE)).text


def test_an_article_without_statements_gives_a_page_without_a_matrix(analysis: Analysis) -> None:
    page = report(replace(analysis, statements=(), judgements=()), made=MADE)
    assert "<table>" not in page
    assert Page(page).article == ARTICLE
    assert "0 statements found" in page
