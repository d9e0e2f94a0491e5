"""What real news does with quotations, through the shipped tagger: invented articles and the statements in them."""

import pytest

from model.checkpoint import ATTRIBUTION_CHECKPOINT, read_checkpoint
from model.quotes.extractor import QuoteExtractor
from model.quotes.tags import TAGS

Found = tuple[list[str], str | None, str | None]

LEAD = "The pier has been closed since March.\n\n"
TAIL = "\n\nThe fishermen moved their boats to the east harbour."


@pytest.fixture(scope="module")
def extractor() -> QuoteExtractor:
    return QuoteExtractor.of(read_checkpoint(ATTRIBUTION_CHECKPOINT, task="attribution", labels=TAGS))


def found(extractor: QuoteExtractor, article: str) -> list[Found]:
    """(content, source, cue) of each statement of an article, between a first and a last paragraph that say nothing."""
    return [
        (
            [span.of(LEAD + article) for span in one.content],
            one.speaker.text if one.speaker else None,
            one.cue.text if one.cue else None,
        )
        for one in extractor.extract(LEAD + article + TAIL)
    ]


MARKS: dict[str, tuple[str, list[Found]]] = {
    "curly, interrupted": (
        "“We never agreed to pay for it,” said Mayor Ann Ruiz. “Not once in nine years.”",
        [(["“We never agreed to pay for it,”", "“Not once in nine years.”"], "Mayor Ann Ruiz", "said")],
    ),
    "interrupted within a sentence": (
        (
            "“The wall,” said Tom Holt, the harbour master, “was never going to hold.”\n\n"
            "“If it holds,” Ruiz said, “I will eat my hat.” She laughed."
        ),
        [
            (["“The wall,”", "“was never going to hold.”"], "Tom Holt, the harbour master", "said"),
            (["“If it holds,”", "“I will eat my hat.”"], "Ruiz", "said"),
        ],
    ),
    "straight, and mixed": (
        '"We never agreed to pay for it," Mayor Ann Ruiz said, adding that "nobody ever asked" the residents.',
        [
            (['"We never agreed to pay for it,"'], "Mayor Ann Ruiz", "said"),
            (['that "nobody ever asked" the residents'], "Mayor Ann Ruiz", "adding"),
        ],
    ),
    "British single marks": (
        (
            "‘We’ll never agree to pay for the fishermen’s wall,’ said Mayor Ann Ruiz. ‘It isn’t ours.’\n\n"
            "'We don't know who ordered it,' said Tom Holt, the harbour master."
        ),
        [
            (["‘We’ll never agree to pay for the fishermen’s wall,’", "‘It isn’t ours.’"], "Mayor Ann Ruiz", "said"),
            (["'We don't know who ordered it,'"], "Tom Holt, the harbour master", "said"),
        ],
    ),
    "after a colon": (
        "Ruiz was blunt: “The wall is finished and nobody can save it.”",
        [(["“The wall is finished and nobody can save it.”"], "Ruiz", "was blunt:")],
    ),
}

PARAGRAPHS: dict[str, tuple[str, list[Found]]] = {
    "marks opened again in each paragraph": (
        (
            "“We were told in March that the wall was cracked,” he said. “We wrote to the ministry the same day.\n\n"
            "“Nobody answered us.\n\n"
            "“So we closed the pier ourselves, and we would do it again.”"
        ),
        [
            (
                [
                    "“We were told in March that the wall was cracked,”",
                    "“We wrote to the ministry the same day.",
                    "“Nobody answered us.",
                    "“So we closed the pier ourselves, and we would do it again.”",
                ],
                "he",
                "said",
            )
        ],
    ),
    "a quotation that goes on": (
        (
            "“The wall was cracked from end to end,” said Tom Holt, the harbour master.\n\n"
            "“We had no choice but to close the pier.”"
        ),
        [
            (
                ["“The wall was cracked from end to end,”", "“We had no choice but to close the pier.”"],
                "Tom Holt, the harbour master",
                "said",
            )
        ],
    ),
    "a floating quotation after reported speech": (
        (
            "Tom Holt, the harbour master, said the wall was cracked from end to end.\n\n"
            "“We had no choice but to close the pier.”"
        ),
        [
            (["the wall was cracked from end to end"], "Tom Holt, the harbour master", "said"),
            (["“We had no choice but to close the pier.”"], "Tom Holt, the harbour master", None),
        ],
    ),
    "a floating quotation after two speakers": (
        (
            "Tom Holt said the wall was cracked from end to end, but Mayor Ann Ruiz denied that it was in danger.\n\n"
            "“We had no choice but to close the pier.”"
        ),
        [
            (["the wall was cracked from end to end"], "Tom Holt", "said"),
            (["that it was in danger"], "Mayor Ann Ruiz", "denied"),
            (["“We had no choice but to close the pier.”"], None, None),
        ],
    ),
    "a list of quotations": (
        (
            "Mayor Ann Ruiz said the plan had three parts.\n\n"
            "- “We will rebuild the wall by June.”\n"
            "- “Nobody will lose a berth.”\n"
            "- “The city will pay for all of it.”"
        ),
        [
            (["the plan had three parts"], "Mayor Ann Ruiz", "said"),
            (
                [
                    "“We will rebuild the wall by June.”",
                    "“Nobody will lose a berth.”",
                    "“The city will pay for all of it.”",
                ],
                "Mayor Ann Ruiz",
                None,
            ),
        ],
    ),
    "a list without marks": (
        (
            "The council said in a statement:\n\n"
            "• The wall will be rebuilt by May.\n\n"
            "• No resident will pay for it.\n\n"
            "The mayor left the room."
        ),
        [
            (
                ["The wall will be rebuilt by May.", "No resident will pay for it."],
                "The council",
                "said in a statement:",
            ),
        ],
    ),
}

LAYOUT: dict[str, tuple[str, list[Found]]] = {
    "questions and answers": (
        (
            "Q: Did you know that the wall was cracked?\n\n"
            "A: I knew in March. The engineers came to my office and showed me the photographs.\n\n"
            "I told them to close the pier at once.\n\n"
            "Q: Why was it kept open?\n\n"
            "A: You would have to ask the harbour master."
        ),
        [
            (["Did you know that the wall was cracked?"], "Q", ":"),
            (
                [
                    "I knew in March. The engineers came to my office and showed me the photographs.",
                    "I told them to close the pier at once.",
                ],
                "A",
                ":",
            ),
            (["Why was it kept open?"], "Q", ":"),
            (["You would have to ask the harbour master."], "A", ":"),
        ],
    ),
    "a transcript": (
        (
            "ANN RUIZ: The city never saw the report.\n\n"
            "TOM HOLT: That is not what your own clerk told us in March.\n\n"
            "(Laughter)\n\n"
            "RUIZ: My clerk was mistaken."
        ),
        [
            (["The city never saw the report."], "ANN RUIZ", ":"),
            (["That is not what your own clerk told us in March."], "TOM HOLT", ":"),
            (["My clerk was mistaken."], "RUIZ", ":"),
        ],
    ),
    "names before what they say": (
        "Ann Ruiz: I never saw the report.\n\nTom Holt: Then why did you sign for it?",
        [
            (["I never saw the report."], "Ann Ruiz", ":"),
            (["Then why did you sign for it?"], "Tom Holt", ":"),
        ],
    ),
    "labels that nobody speaks under": (
        (
            "WATCH: The wave that broke the wall\n\n"
            "Photo: Ann Ruiz on the pier\n\n"
            "Ann Ruiz: 45 percent\n\n"
            "Tom Holt: 41 percent"
        ),
        [],
    ),
    "signed opinions": (
        (
            "“It is the ugliest thing I have ever seen on this coast.” — Marta Quill, teacher\n\n"
            '"I sleep better since they built it." -- Corwin Hale\n\n'
            "* “They should have asked us first.” – Hanne Birk"
        ),
        [
            (["“It is the ugliest thing I have ever seen on this coast.”"], "Marta Quill, teacher", "—"),
            (['"I sleep better since they built it."'], "Corwin Hale", "--"),
            (["“They should have asked us first.”"], "Hanne Birk", "–"),
        ],
    ),
    "a signature below": (
        "“It is the ugliest thing I have ever seen on this coast.”\n\n— Marta Quill, teacher",
        [(["“It is the ugliest thing I have ever seen on this coast.”"], "Marta Quill, teacher", "—")],
    ),
    "a post under its handle": (
        "@annruiz: We will rebuild the wall by June and nobody will lose a berth.",
        [(["We will rebuild the wall by June and nobody will lose a berth."], "@annruiz", ":")],
    ),
    "a tweet in the text": (
        "“The wall will stand by June,” she tweeted on Monday.",
        [(["“The wall will stand by June,”"], "she", "tweeted")],
    ),
    "an embedded tweet": (
        "The wall will stand by June. Nobody will lose a berth. https://t.co/Ab12Cd — Ann Ruiz (@ann_r) March 3, 2024",
        [(["The wall will stand by June. Nobody will lose a berth."], "Ann Ruiz (@ann_r)", "—")],
    ),
}

NO_QUOTATION: dict[str, tuple[str, list[Found]]] = {
    "scare quotes": ("The so-called “miracle wall” of Norfield cost nine million crowns.", []),
    "titles": ("“The Night the Sea Came In to Norfield” opened in nine cinemas.", []),
    "nicknames": (
        'Jack “Lefty” Monroe, who built the wall, died on Sunday.\n\nAnna "Big Nan" Holt worked beside him.',
        [],
    ),
    "a headline in single marks": ("Mayor ‘knew that the sea wall was cracked’ before storm", []),
}

EDGES: dict[str, tuple[str, list[Found]]] = {
    "addressees, days and places": (
        (
            "Mayor Ann Ruiz told reporters on Monday in Geneva that the wall would be rebuilt.\n\n"
            "“Nobody will lose a berth,” Ruiz told the council on Tuesday, which was meeting in the town hall.\n\n"
            "In Geneva on Friday, Holt said that he had warned the ministry."
        ),
        [
            (["that the wall would be rebuilt"], "Mayor Ann Ruiz", "told"),
            (["“Nobody will lose a berth,”"], "Ruiz", "told"),
            (["that he had warned the ministry"], "Holt", "said"),
        ],
    ),
    "one source of two cues, and two people as one source": (
        (
            "Ann Ruiz denied that she had seen the report and said that she would resign if it was found.\n\n"
            "Tom Holt and Marta Quill said that the wall should be rebuilt."
        ),
        [
            (["that she had seen the report"], "Ann Ruiz", "denied"),
            (["that she would resign if it was found"], "Ann Ruiz", "said"),
            (["that the wall should be rebuilt"], "Tom Holt and Marta Quill", "said"),
        ],
    ),
    "names inside quotations": (
        (
            "“I asked Tom Holt twice, and Holt told me that the wall was safe,” Ann Ruiz said.\n\n"
            "“The engineers and Marta Quill never wrote to us about it.”\n\n"
            "“It was safe in March,” he said."
        ),
        [
            (
                [
                    "“I asked Tom Holt twice, and Holt told me that the wall was safe,”",
                    "“The engineers and Marta Quill never wrote to us about it.”",
                ],
                "Ann Ruiz",
                "said",
            ),
            (["“It was safe in March,”"], "he", "said"),
        ],
    ),
}

CASES = {**MARKS, **PARAGRAPHS, **LAYOUT, **NO_QUOTATION, **EDGES}


@pytest.mark.parametrize(("article", "expected"), CASES.values(), ids=CASES)
def test_statements_of_an_article(extractor: QuoteExtractor, article: str, expected: list[Found]) -> None:
    assert found(extractor, article) == expected
