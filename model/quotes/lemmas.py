"""Base forms of English words: exact for the words that are known, by the rules of spelling for all others.

Libraries were measured and left out: simplemma 2.0 takes 0.8 s for its first word and, blind to the part of speech,
leaves "felt", "thought" and "backing" as they stand; lemminflect 0.2.3 takes 0.6 s and needs the part of speech.
"""

import re
from collections.abc import Collection, Iterator, Mapping

__all__ = ["base_form", "is_inflected"]

SUFFIXES = re.compile("(.*?)(ied|ies|ed|ing|es|s)")
LONGEST = 40  # letters: nothing longer is an English word, and the bound keeps the patterns linear
SHORTEST = 2  # letters of a stem with a vowel: "us-ed", but not "k-ing" or "r-ed"
PREFIX = re.compile("^(?:co|mis|out|over|re|under)-?")
VOWEL = re.compile("[aeiouy]")
DOUBLED = re.compile(r".*([bdgkmnprtv])\1")
UNSTRIPPED = re.compile(".*[sui]s")
SIBILANT = re.compile(".*(?:ss|sh|ch|x|zz|[^aeiou]o)")
MUTE_E = re.compile(
    ".*(?:[cuvz]|[aeiou]e|[bcdfgkpstz]l|[dlr]g|[ae]ng|[aeiouylnprw]s|[^aeo]at|"
    "(?:[^aeiou]|[gqs]u)(?:[aeiou][bdgk]|ut|[aiu]r|[iu]n|[ou]m|ap|[iou]l)|(?:pl|gn|st|d)or)"
    "|[^aeiou]*(?:[gq]u)?[aeiouy][bdgklmnprt]"
)
"""Stems without their last letter, a mute e: "argu-ed", "challeng-ed", "endors-ed", "disput-ed", "cit-ed"."""


def base_form(word: str, irregular: Mapping[str, str], known: Collection[str]) -> str:
    """The form of a word that a dictionary lists, for verbs and nouns; the word itself where it is no inflected one.

    `word` is in lower case; `irregular` maps the forms that no rule gives; of several candidates one
    in `known` wins, with a prefix or without.
    """
    if word in irregular:
        return irregular[word]
    parts = SUFFIXES.fullmatch(word) if word.isascii() and len(word) <= LONGEST else None
    if parts is None:
        return word
    stem, suffix = parts.groups()
    candidates = list(_candidates(stem, suffix))
    for candidate in candidates:
        if candidate in known or PREFIX.sub("", candidate) in known:
            return candidate
    return candidates[0] if candidates else word


def is_inflected(word: str, irregular: Mapping[str, str]) -> bool:
    """Whether a word looks like a verb that has been put into the past, a participle or the third person."""
    ending = SUFFIXES.fullmatch(word) if len(word) > SHORTEST + 2 else None
    return word in irregular or (ending is not None and not UNSTRIPPED.fullmatch(word))


def _candidates(stem: str, suffix: str) -> Iterator[str]:
    """What a word may be the inflected form of, the likeliest first."""
    if suffix in ("s", "es"):
        word = stem + suffix
        if not UNSTRIPPED.fullmatch(word):
            yield from (stem, stem + "e") if suffix == "es" and SIBILANT.fullmatch(stem) else (word[:-1], stem)
        return
    if suffix in ("ies", "ied"):
        yield from (stem + "y", stem + "ie") if len(stem) > 1 else (stem + "ie",)
        return
    if len(stem) < SHORTEST or not VOWEL.search(stem):
        return
    if DOUBLED.fullmatch(stem):
        yield from (stem[:-1], stem)
    yield from (stem + "e", stem) if MUTE_E.fullmatch(stem) else (stem, stem + "e")
    if stem.endswith("ll"):
        yield stem[:-1]  # "controll-ed": a doubled l is as often the verb's own
