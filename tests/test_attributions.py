"""Gold labels per token: hand-made articles, then any spans on any text."""

from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from data.records import AnnotatedArticle, Attribution, Span
from model.quotes.tags import TAGS
from training.attributions import IGNORED, tag_windows

WORDS = ["we", "go", "ruiz", "said", "now", *"abcdefg.,“”", *(f"##{letter}" for letter in "abcdefg")]
VOCABULARY = ["[UNK]", "[CLS]", "[SEP]", *WORDS]


def word_tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(WordPiece({piece: place for place, piece in enumerate(VOCABULARY)}))
    tokenizer.normalizer = BertNormalizer()
    tokenizer.pre_tokenizer = BertPreTokenizer()
    return tokenizer


TOKENIZER = word_tokenizer()


def labels(text: str, *attributions: Attribution, max_tokens: int = 256) -> list[tuple[str, str]]:
    """Each counted token's surface and tag."""
    windows = tag_windows(AnnotatedArticle("a", text, attributions), TOKENIZER, max_tokens)
    return [
        (span.of(text), TAGS[label])
        for window, ids in windows
        for span, label in zip(window.offsets, ids, strict=True)
        if label != IGNORED
    ]


def find(text: str, *parts: str) -> tuple[Span, ...]:
    return tuple(Span(text.index(part), text.index(part) + len(part)) for part in parts)


def test_each_fragment_begins_with_its_own_label() -> None:
    text = "“We go,” Ruiz said. “Now.”"
    attribution = Attribution(find(text, "Ruiz"), find(text, "said"), find(text, "“We go,”", "“Now.”"))
    assert labels(text, attribution) == [
        ("“", "B-content"),
        ("We", "I-content"),
        ("go", "I-content"),
        (",", "I-content"),
        ("”", "I-content"),
        ("Ruiz", "B-source"),
        ("said", "B-cue"),
        (".", "O"),
        ("“", "B-content"),
        ("Now", "I-content"),
        (".", "I-content"),
        ("”", "I-content"),
    ]


def test_adjacent_fragments_stay_apart() -> None:
    text = "a b c"
    parts = [Attribution((), (), find(text, "a b")), Attribution((), (), find(text, "c"))]
    assert [tag for _, tag in labels(text, *parts)] == ["B-content", "I-content", "B-content"]


def test_a_fragment_over_a_paragraph_break_begins_again() -> None:
    text = "a b\n\nc d"
    assert [tag for _, tag in labels(text, Attribution((), (), (Span(2, 6),)))] == ["O", "B-content", "B-content", "O"]


def test_every_piece_of_a_word_that_a_span_touches_is_in_it() -> None:
    assert labels("abc d", Attribution((), (Span(1, 2),), ())) == [("a", "O"), ("b", "B-cue"), ("c", "O"), ("d", "O")]


def test_where_spans_overlap_cue_wins_over_source_over_content_and_short_over_long() -> None:
    text = "a b c d e"
    inner = Attribution((Span(2, 5),), (Span(4, 5),), (Span(0, 9),))
    assert [tag for _, tag in labels(text, inner)] == ["B-content", "B-source", "B-cue", "B-content", "I-content"]
    nested = [Attribution((), (), (Span(2, 3),)), Attribution((), (), (Span(0, 5),))]
    assert [tag for _, tag in labels(text, *nested)] == ["B-content", "B-content", "B-content", "O", "O"]


def test_a_span_shared_by_two_attributions_is_one_fragment() -> None:
    shared = [Attribution((Span(0, 3),), (), ()), Attribution((Span(0, 3),), (), ())]
    assert [tag for _, tag in labels("a b", *shared)] == ["B-source", "I-source"]


def test_specials_and_context_are_ignored() -> None:
    text = "a b c d e\nf g"
    first, second = tag_windows(AnnotatedArticle("a", text, (Attribution((), (), (Span(6, 11),)),)), TOKENIZER, 8)
    assert first[1] == [IGNORED, 0, 0, 0, TAGS.index("B-content"), TAGS.index("I-content"), IGNORED]
    assert second[1] == [IGNORED, IGNORED, IGNORED, TAGS.index("B-content"), 0, IGNORED]


@st.composite
def annotated_articles(draw: st.DrawFn) -> AnnotatedArticle:
    text = draw(st.text(st.sampled_from("ab .\n“é"), min_size=1, max_size=120))
    places = st.integers(0, len(text))
    spans = st.lists(st.tuples(places, places).map(lambda pair: Span(*sorted(pair))), max_size=3).map(tuple)
    return AnnotatedArticle("a", text, tuple(draw(st.lists(st.builds(Attribution, spans, spans, spans), max_size=4))))


@given(article=annotated_articles(), max_tokens=st.integers(8, 24))
def test_labels_do_not_depend_on_where_windows_are_cut(article: AnnotatedArticle, max_tokens: int) -> None:
    counted = labels(article.text, *article.attributions, max_tokens=max_tokens)
    assert counted == labels(article.text, *article.attributions, max_tokens=10_000)
    covered = {
        place
        for attribution in article.attributions
        for span in attribution.source + attribution.cue + attribution.content
        for place in range(*span)
        if not article.text[place].isspace()
    }
    assert (sum(tag != "O" for _, tag in counted) > 0) == bool(covered)
