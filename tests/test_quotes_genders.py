"""What pronouns, titles, nouns and given names say of a person's gender."""

import pytest

from model.quotes.genders import Gender, gender_of_given_name, gender_of_noun, gender_of_pronoun


@pytest.mark.parametrize("word", ["He", "his", "him"])
def test_masculine_pronouns(word: str) -> None:
    assert gender_of_pronoun(word) is Gender.MASCULINE


@pytest.mark.parametrize("word", ["SHE", "her", "hers"])
def test_feminine_pronouns(word: str) -> None:
    assert gender_of_pronoun(word) is Gender.FEMININE


@pytest.mark.parametrize("word", ["they", "it", "", "I", "who"])
def test_other_words_have_none(word: str) -> None:
    assert gender_of_pronoun(word) is gender_of_noun(word) is gender_of_given_name(word) is None


def test_titles_and_nouns() -> None:
    assert {gender_of_noun(word) for word in ("Mr.", "spokesman", "husband", "Councilman")} == {Gender.MASCULINE}
    assert {gender_of_noun(word) for word in ("Ms", "Mrs.", "spokeswoman", "widow")} == {Gender.FEMININE}
    assert gender_of_noun("Senator") is gender_of_noun("human") is None


def test_given_names_of_both_are_left_out() -> None:
    assert gender_of_given_name("Tom") is Gender.MASCULINE
    assert gender_of_given_name("ANN") is Gender.FEMININE
    assert gender_of_given_name("Kim") is gender_of_given_name("Dmytro") is None
