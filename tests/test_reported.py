"""Claims from what the news reports: clauses that stand alone, toward the statements around them."""

import pytest

from data.records import Act, Cue, Kind, Span, Statement
from training.reported import reported_pairs


def statement(
    article: str, said: str, lemma: str, *, kind: Kind = Kind.INDIRECT, act: Act = Act.STATEMENT
) -> Statement:
    start = article.index(said)
    content = Span(start, start + len(said))
    cue = Cue(lemma, Span(0, len(lemma)), lemma=lemma)
    return Statement(kind=kind, text=said, content=(content,), context=Span(0, len(article)), act=act, cue=cue)


def claims(said: str, lemma: str = "say", **more: object) -> set[str]:
    article = f"{lemma} {said}"
    found = reported_pairs(article, [statement(article, said, lemma, **more)], seed=[0])  # type: ignore[arg-type]
    return {pair.claim for pair in found}


@pytest.mark.parametrize(
    ("said", "lemma", "claim"),
    [
        ("the wall had been cracked for years", "say", "The wall had been cracked for years."),
        ("that  the wall had\xa0been cracked for years.", "rule", "The wall had\xa0been cracked for years."),
        ("élan was what the crew lacked", "deny", "Élan was what the crew lacked."),
        ("the closing of the wall for years", "announce", None),  # no clause, as far as the cue tells
        ("the wall fell", "say", None),
        ("he had known it for many years", "say", None),
        ("to keep the terminal shut all winter", "say", None),
        ("keeping the terminal shut all winter was wrong", "say", None),
        ("the wall had “been cracked” for years", "say", None),
        ("the wall\nhad been cracked for years", "say", None),
        (f"the wall {'very ' * 30}was cracked", "say", None),
    ],
)
def test_a_claim_is_a_clause_that_stands_alone(said: str, lemma: str, claim: str | None) -> None:
    assert claims(said, lemma) == ({claim} if claim else set())


def test_only_what_is_reported_as_said_is_claimed() -> None:
    said = "the wall had been cracked for years"
    assert claims(said, kind=Kind.DIRECT) == claims(said, act=Act.INTENTION) == set()


def test_a_claim_meets_its_own_statement_and_the_nearest_others() -> None:
    words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    article = "say " + " ".join(f"the {word} walls had been cracked for years;" for word in words)
    statements = [statement(article, f"the {word} walls had been cracked for years", "say") for word in words]
    pairs = list(reported_pairs(article, statements, seed=[3]))

    assert len(pairs) == 14
    assert len({pair.claim for pair in pairs}) == 2
    for pair in pairs[::7]:
        assert pair.claim.casefold() == f"{pair.statement}.".casefold()
    assert all(abs(words.index(a.statement.split()[1]) - words.index(a.claim.split()[1])) <= 6 for a in pairs)
    assert pairs == list(reported_pairs(article, statements, seed=[3]))
    assert list(reported_pairs(article, [], seed=[3])) == []
