import os
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.cases import read_cases
from data.held_out import OWN, WORD, HeldOut, held_out_pairs
from data.records import Example, Pair, Stance
from data.sources import sources
from data.tables import Row, read_rows, write_rows

SHARED = Path(os.environ.get("STANCE_DATA", Path(__file__).parents[2] / "shared" / "data"))
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason=f"needs the data in {SHARED}")

CLAIM = "The harbour authority knew that the sea wall was cracked."
STATEMENT = "We had the survey on our desks in March, and every page of it said that the wall would not hold a storm."
POSTS = ("wtwt", "rumoureval2019", "vaccinelies", "covid_cq")


def example(claim: str = CLAIM, statement: str = STATEMENT, group: str = "") -> Example:
    return Example(pair=Pair(claim, statement), stance=Stance.SUPPORT, group=group)


def rows(name: str) -> list[dict[str, Any]]:
    return [row.values for row in read_rows(SHARED / name) if isinstance(row, Row)]


def plain(text: str) -> str:
    return " ".join(WORD.findall(text.casefold()))


@pytest.mark.parametrize(
    ("claim", "statement", "held"),
    [
        (CLAIM, STATEMENT, True),
        (CLAIM.upper(), STATEMENT.replace(",", " -").lower(), True),
        (CLAIM, f"RT @harbour: {STATEMENT} #storm", True),
        (CLAIM, STATEMENT.replace("survey", "report"), True),
        (CLAIM.replace("cracked", "broken"), STATEMENT, True),
        ("The ferry terminal should stay closed.", STATEMENT, False),
        (CLAIM, "We had the survey on our desks in March.", False),
        (CLAIM, "Nobody told us anything about the wall before the night of the storm.", False),
        (STATEMENT, CLAIM, False),
    ],
)
def test_what_repeats_a_held_out_pair_is_held(claim, statement, held):
    assert HeldOut([Pair(CLAIM, STATEMENT, speaker="Tarrant", cue="said")]).holds(example(claim, statement)) is held


def test_a_group_is_held_whole():
    held_out = HeldOut([], ["fnc-train-1"])

    assert held_out.holds(example(group="fnc-train-1"))
    assert not held_out.holds(example(group="fnc-train-11"))


@given(st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1)), max_size=6))
def test_every_pair_holds_itself_whatever_its_text(texts):
    held_out = HeldOut([Pair(*text) for text in texts])

    assert all(held_out.holds(example(*text)) for text in texts)


@given(st.lists(st.sampled_from("abcdefghijklmnop"), min_size=12, unique=True), st.data())
def test_a_word_more_or_less_makes_no_other_statement(words, data):
    place = data.draw(st.integers(0, len(words)))
    more = [*words[:place], "quay", *words[place:]]

    assert HeldOut([Pair(CLAIM, " ".join(words))]).holds(example(statement=" ".join(more)))


def test_own_dev_pairs_and_the_behaviour_suite_are_held_out_wherever_the_data_is(tmp_path):
    held_out = HeldOut(held_out_pairs(tmp_path))

    own = [row.values for row in read_rows(OWN) if isinstance(row, Row)]
    assert own
    assert all(held_out.holds(example(row["claim"], row["statement"])) for row in own)
    assert all(held_out.holds(Example(pair=case.pair, stance=case.stance)) for case in read_cases())


def test_a_benchmark_is_held_out_where_it_is(tmp_path):
    (file,) = sources()["climate_fever"].held_out
    assert not HeldOut(held_out_pairs(tmp_path)).holds(example())

    (tmp_path / file).parent.mkdir(parents=True)
    write_rows(tmp_path / file, [{"claim": CLAIM, "statement": STATEMENT, "label": "DISPUTED"}])

    assert HeldOut(held_out_pairs(tmp_path)).holds(example())


@needs_shared
def test_rumours_that_emergent_and_fnc1_share_are_on_one_side():
    """Emergent's headlines are FNC-1's: a body of FNC-1's train part may tell a rumour of the other's test part."""
    topics: defaultdict[str, set[str]] = defaultdict(set)
    tested = {row["source_group"] for row in rows("public/fnc1/test.jsonl.gz")}
    headlines = {plain(row["statement"]) for row in rows("public/emergent/test.jsonl.gz")}
    related = rows("public/fnc1/train.jsonl.gz")
    for row in related:
        topics[f"fnc-train-{row['body_id']}"].add(row["source_group"])
    shared = {row["source_group"] for row in related if plain(row["claim"]) in headlines}
    trained = {row["group"] for row in rows("stance/train.jsonl.gz") if row["origin"] == "rumour-news"}

    assert set(sources()["emergent"].held_out_groups) == {group for group in trained if topics[group] & shared}
    assert set(sources()["fnc1"].held_out_groups) == {group for group in trained if topics[group] & tested}


@needs_shared
def test_no_body_of_a_tested_article_trains():
    bodies = rows("public/fnc1/bodies.jsonl.gz")
    tested = {plain(body["text"]) for body in bodies if body["split"] == "test"}
    text = {f"fnc-train-{body['id']}": plain(body["text"]) for body in bodies if body["split"] == "train"}
    trained = {row["group"] for row in rows("stance/train.jsonl.gz") if row["origin"] == "rumour-news"}

    assert trained <= text.keys()
    assert not {group for group in trained if text[group] in tested}


@needs_shared
def test_no_post_is_shipped():
    shipped = {plain(row["statement"]) for file in OWN.parent.glob("*.jsonl") for row in rows(str(file))}
    shipped |= {plain(case.pair.statement) for case in read_cases()}
    files = [file for name in POSTS for file in (SHARED / "public" / name).glob("*.jsonl.gz")]
    posts = {plain(row["statement"]) for file in files for row in rows(str(file.relative_to(SHARED)))}

    assert len(posts) > 10_000
    assert not {post for post in posts & shipped if post.count(" ") > 2}  # "That is a lie." belongs to no one


@needs_shared
@pytest.mark.parametrize("key", ["claim", "group"])
def test_the_task_is_split_by_claim_and_by_article(key):
    assert not {row[key] for row in rows("stance/train.jsonl.gz")} & {row[key] for row in rows("stance/dev.jsonl.gz")}


def test_the_corpus_is_split_by_claim():
    claims = [
        {plain(row.values["claim"]) for row in read_rows(OWN.with_name(f"{part}.jsonl"))} for part in ("train", "dev")
    ]

    assert all(claims)
    assert not claims[0] & claims[1]
