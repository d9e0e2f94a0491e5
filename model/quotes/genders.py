"""Grammatical gender of people, as an article shows it: by pronoun, by title, by noun and by very common given name."""

import re
from enum import StrEnum

__all__ = ["Gender", "gender_of_given_name", "gender_of_noun", "gender_of_pronoun"]


class Gender(StrEnum):
    """Which of the two pronouns an article uses for a person."""

    MASCULINE = "he"
    FEMININE = "she"


PRONOUNS = {
    **dict.fromkeys(["he", "his", "him", "himself"], Gender.MASCULINE),
    **dict.fromkeys(["she", "her", "hers", "herself"], Gender.FEMININE),
}

MASCULINE_NOUN = re.compile(
    "mr|sir|lord|king|prince|pope|imam|dad|father|grandfather|brother|son|grandson|husband|widower|uncle|nephew|"
    "boyfriend|actor|heir|guy|boy|gentleman|fisherman|priest|father-in-law|son-in-law|brother-in-law|"
    "(?:spokes|chair|congress|council|business|assembly|police|states|anchor|states|sports|fire|camera)?man"
)
FEMININE_NOUN = re.compile(
    "mrs|ms|miss|mme|madam|madame|dame|lady|queen|princess|mom|mum|mother|grandmother|sister|daughter|granddaughter|"
    "wife|widow|aunt|niece|girlfriend|actress|heiress|hostess|girl|nun|mother-in-law|daughter-in-law|sister-in-law|"
    "(?:spokes|chair|congress|council|business|assembly|police|states|anchor|sports|fire|camera)?woman"
)

# The commonest given names of English-language news of the last decades; those of both genders are left out.
MASCULINE_NAMES = """
aaron abdul adam ahmed alan albert alberto alejandro alexander ali allan allen andre andrei andrew anthony antonio
arnold arthur avigdor barack bashar ben benjamin bernard bernie beto bill billy bob bobby boris brad brandon brendan
brett brian bruce bryan calvin carl carlos chad charles charlie christopher chuck clarence colin corey craig cyrus
dan daniel darren dave david davit dean dennis derek dick dmitry dominic don donald doug douglas duncan dwight earl
ed eddie edgar eduardo edward edwin ehud elias emmanuel eric ernest ernie ethan eugene felix fernando francisco
francois frank franklin fred frederick gary geoffrey george gerald gilbert glenn gordon graham greg gregory gus hank
hans harold harry harvey hassan hector henry herbert howard hugh hugo ian igor isaac ivan jack jacob jaime jake
james jared jason javier jeb jeff jeffrey jeh jeremy jerry jim jimmy joachim joe joel john johnny jon jonathan jorge
jose joseph josh joshua juan julian justin karl keith ken kenneth kevin kirk kurt lamar larry lars lawrence leo leon
leonard lloyd lou louis luis luke mahmoud manuel marc marco marcus mario mark martin marty marvin matt matthew
maurice max merrick michael miguel mike milton mitch mitt mohammed muhammad nate nathan ned neil newt nicholas nick
nicolas nigel norman oleg oliver omar orrin oscar otto patrick paul pedro pete peter petro phil philip phillip
rafael ralph ramon rand randy raymond recep reince rex ricardo richard rick ricky rob robert roberto rodney roger
roland ron ronald roy rudolph rudy rupert rush russ russell ryan salvador sam samuel scott sean sergei sergio seth
sheldon shinzo simon stanley stefan steny stephen steve steven stuart tad ted terrence theodore thomas tim timothy
todd tom tommy tony travis trevor trey tyler vernon victor viktor vincent vitaly vladimir walter warren wayne werner
wilbur will william willie xavier yuri yusuf zachary
"""
FEMININE_NAMES = """
abigail agnes alexandra alice alicia alison allison amanda amber amelia amy ana andrea angela anita ann anna anne
annie april ashley audrey ava ayesha barbara beatrice becky bernadette beth betty beverly brenda bridget brittany
camille carla carly carmen carol caroline carolyn catherine cathy cecilia charlotte chelsea cheryl chloe christina
christine cindy claire clara claudia colleen condoleezza connie crystal cynthia daisy danielle debbie deborah debra
denise diana diane dianne dolores donna doris dorothy edith eileen elaine eleanor elena elizabeth ella ellen emily
emma erica erin esther eva evelyn fatima fiona florence frances gabrielle gail gina gladys gloria grace greta hannah
hanne harriet hazel heather heidi helen helena hillary holly huma ida ines ingrid irene isabel isabella ivanka
jacqueline jane janet janice jeanne jennifer jenny jessica jill joan joanna joanne josephine joyce judith judy julia
julie kamala karen kate katharine katherine kathleen kathryn kathy katie katrina kay kayla kellyanne kimberly
kirsten kristen kristin laura lauren leila lena lillian linda lisa lois loretta lori lorraine louise lucia lucy
lydia lynn madeleine malala margaret maria marie marilyn marina marjorie marlene martha mary maureen maxine mazie
megan melania melanie melinda melissa mia michele michelle mildred miriam molly monica nancy naomi natalie natasha
nicole nikki nina nora norma olga olivia pamela patricia patti patty paula pauline peggy penelope phyllis priscilla
rachel rebecca regina renee rita roberta rosa rose rosemary ruth sabrina sally samantha sandra sara sarah sharon
sheila shirley silvia sonia sophia sophie stella stephanie sue susan suzanne sylvia tamara tammy tanya teresa
theresa tiffany tina tulsi ursula valerie vanessa vera veronica victoria violet virginia vivian wendy yolanda yvonne
zoe
"""

GIVEN_NAMES = {
    **dict.fromkeys(MASCULINE_NAMES.split(), Gender.MASCULINE),
    **dict.fromkeys(FEMININE_NAMES.split(), Gender.FEMININE),
}


def gender_of_pronoun(word: str) -> Gender | None:
    """The gender of he, she and their forms; None for any other word."""
    return PRONOUNS.get(word.casefold())


def gender_of_noun(word: str) -> Gender | None:
    """The gender that a title or a noun for one person says: Mrs, spokesman, councilwoman, husband."""
    word = word.casefold().rstrip(".")
    if MASCULINE_NOUN.fullmatch(word):
        return Gender.MASCULINE
    return Gender.FEMININE if FEMININE_NOUN.fullmatch(word) else None


def gender_of_given_name(word: str) -> Gender | None:
    """The gender of most people with a given name; None for a name that is rare or goes with both."""
    return GIVEN_NAMES.get(word.casefold())
