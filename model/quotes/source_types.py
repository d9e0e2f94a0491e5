"""What kind of source a noun phrase is: one person, a group, an organisation, a document, or somebody unnamed.

The head decides: "Ruiz’s letter" is a document, "the mayor’s office" an organisation, "a spokesman for the ministry" a
person; of "her view" and "his words" the owner is the source. A plural is a group unless it is of documents or of
organisations ("polls", "banks"); "police", "the public" and "57 percent of voters" are groups too. Anonymous is who is
said to hide ("a person familiar with the matter", "sources", "who declined to be named") and one official or aide whom
the article introduces without a name ("a senior official"); several unnamed officials are a group. "The" before a
capital makes an organisation ("the Kremlin"), and any other unknown name is a person's.
"""

import re

from data.records import SpeakerType
from model.quotes.names import POSSESSIVE, WORD, is_title
from model.quotes.segments import STARTER

__all__ = ["ORGANISATION", "OWNED", "is_organisation_name", "type_of"]

LIMIT = 300  # characters: the head of a source stands near its beginning

OWNED = re.compile(
    r"admission|advice|answers?|argument|assertions?|assessment|belief|claims?|comments?|contention|estimation|"
    r"eyes|mind|minds|opinions?|perspective|point|position|remarks?|response|stance|statements?|telling|testimony|"
    r"thinking|view|views|voice|words?",
    re.IGNORECASE,
)
"""What somebody says or thinks: after a possessive, the owner is the source."""

DOCUMENT = re.compile(
    r"accounts?|acts?|ads?|agreements?|advertisements?|affidavits?|amendments?|analys[ie]s|articles?|audits?|averages?|bills?|blogs?|"
    r"books?|briefs?|census|charts?|columns?|complaints?|constitutions?|contracts?|data|deals?|decisions?|declarations?|"
    r"decrees?|documents?|documentar(?:y|ies)|dossiers?|drafts?|editorials?|e-?mails?|estimates?|evidence|figures?|"
    r"filings?|films?|findings?|forecasts?|graphs?|guidelines?|headlines?|histor(?:y|ies)|indictments?|interviews?|"
    r"invitations?|jokes?|laws?|lawsuits?|leaflets?|legislation|letters?|lists?|maps?|measures?|memoirs?|memos?|memorandums?|"
    r"messages?|minutes|motions?|notes?|notices?|numbers?|opinions?|op-eds?|orders?|papers?|passages?|petitions?|photos?|"
    r"pieces?|pitch|plans?|platforms?|polls?|polling|posters?|posts?|posting|projections?|proposals?|provisions?|"
    r"quotes?|readings?|records?|releases?|remarks?|reports?|research|resolutions?|responses?|results?|reviews?|rulings?|"
    r"rules?|samplings?|scripts?|settlements?|signs?|slides?|speech|speeches|statements?|statistics|statutes?|stor(?:y|ies)|"
    r"studies|study|suits?|summar(?:y|ies)|surveys?|terms|tests?|texts?|titles?|transcripts?|treat(?:y|ies)|trends|tweets?|"
    r"verdicts?|videos?|warrants?|words|writings?",
    re.IGNORECASE,
)
DOCUMENT_NAME = re.compile(
    "Act|Amendment|Analysis|Article|Bill|Census|Column|Constitution|Law|Letter|Memo|Polls?|Report|Statement|Study|Survey"
)
"""Last words of a document's name; others, like Post and Review, end those of newspapers."""

ORGANISATION = re.compile(
    r"academ(?:y|ies)|administration|agenc(?:y|ies)|airlines?|alliances?|arm[y]|assembly|associations?|authorit(?:y|ies)|"
    r"banks?|boards?|body|branch|brands?|brigade|broadcasters?|bureau|business|businesses|cabinet|camp|campaigns?|caucus|"
    r"chamber|channels?|charit(?:y|ies)|church|cit(?:y|ies)|club|coalitions?|colleges?|commissions?|committees?|compan(?:y|ies)|"
    r"congress|consortium|corporations?|councils?|count(?:y|ies)|countr(?:y|ies)|courts?|courthouse|delegation|departments?|"
    r"division|embass(?:y|ies)|employers?|enterprise|establishment|exchange|federation|firms?|force|foundations?|fund|funds|"
    r"governments?|hospitals?|house|industry|institutes?|institutions?|insurers?|journals?|jury|kingdom|leadership|league|"
    r"legislature|magazines?|manufacturers?|media|militar(?:y|ies)|ministr(?:y|ies)|monarchy|movement|museum|nations?|navy|"
    r"networks?|newspapers?|newsrooms?|ngos?|nonprofits?|offices?|orchestra|organi[sz]ations?|outlets?|pac|pacs|paper|"
    r"parliament|part(?:y|ies)|partnership|platform|presidency|press|programme|publications?|publishers?|regime|retailers?|"
    r"schools?|senate|services?|show|site|society|squad|states?|systems?|station|stations|tabloid|team|tribunal|unions?|universit(?:y|ies)|"
    r"watchdogs?|websites?|wing",
    re.IGNORECASE,
)
ORGANISATION_NAME = re.compile(
    r"Airlines|Airways|Bank|Beast|Brothers|Bulletin|Bureau|Caller|Capital|Center|Centre|Chronicle|Church|City|Co|Code|College|"
    r"Corp|Corporation|Council|Counsel|Court|Daily|Dispatch|Enquirer|Examiner|District|Foundation|Fund|Gazette|Globe|Government|Group|Guard|Herald|"
    r"Hill|Holdings|Hospital|Inc|International|Jazeera|Independent|Insider|Institute|Institution|Investigation|Journal|Journalism|Justice|Labs|League|LLC|LLP|Ltd|Magazine|"
    r"Mail|Media|Mirror|Monitor|Motors|Nation|Network|News|Observer|Office|Org|PAC|Partners|Party|Plc|Post|Press|Project|Radio|Realty|Register|"
    r"Reserve|Review|School|Services?|Society|Standard|Star|State|States|Street|Studios|Sun|Systems|Technologies|Telegraph|Times|"
    r"Today|Tribune|Trust|TV|Union|University|Watch|Weekly|Wire"
)
"""Last words of an organisation's name."""

ONE_WORD_NAMES = """
Afghanistan Argentina Australia BBC Beijing Belgium Berlin Bloomberg Brazil Breitbart Britain Brussels BuzzFeed
Canada China Congress Cuba Egypt England Europe Facebook Forbes Gallup Germany Google Greece Greenpeace Hamas
Hezbollah House HuffPost Hungary India Iran Iraq Ireland Israel Italy Japan Kremlin London Mexico Microsoft
Moscow Newsweek Pakistan Paris Parliament Pentagon Poland Politico POLITICO PolitiFact Quinnipiac Rasmussen
RealClearPolitics Reuters Russia Senate Slate Snopes Spain Sweden Syria Tehran Treasury Turkey Twitter Ukraine
Venezuela Vox Washington WikiLeaks Wikileaks Wikipedia Xinhua YouGov YouTube
"""
KNOWN_BY_ONE_WORD = frozenset(ONE_WORD_NAMES.split())
"""Governments by their country or capital, and bodies and media, that one capitalised word names."""

ANONYMOUS = re.compile(
    r"\b(?:familiar with|briefed on|close to the|knowledge of the|anonym\w+|"
    r"not (?:to )?be(?:ing)? (?:named|identified|quoted)|"
    r"(?:declined|refused|asked|wished|requested|wanting) (?:not )?(?:to )?(?:be |give |remain )?"
    r"(?:named|identified|unnamed|nameless|(?:\w+ )?names?))\b",
    re.IGNORECASE,
)
HIDDEN = re.compile(
    r"sources?|insiders?|whistle-?blowers?|tipsters?|leakers?|anonymous|someone|somebody", re.IGNORECASE
)
OFFICIAL = re.compile(
    r"advis[eo]r|aide|ally|associate|delegate|diplomat|donor|employee|executive|figure|fundraiser|lawmaker|lobbyist|member|"
    r"official|officer|operative|staffer|strategist|veteran|worker",
    re.IGNORECASE,
)
INDEFINITE = re.compile(r"(?:an?|one|another)\s", re.IGNORECASE)

GROUP = re.compile(
    r"many|most|some|others?|few|several|all|both|those|these|everyone|everybody|people|persons|men|women|children|police|public|"
    r"staff|crowd|audience|majority|minority|percent|handful|dozens|number|two|three|four|half|third|group|faction|couple|trio|pair|"
    r"crew|family|electorate|clergy|left|right|they|them|their|we|us|our|youth|folks|elite|cent|%|nobody|none|base|public|"
    r"(?:\w*[a-z])?(?<!s)(?<!u)(?<!i)s|\w+(?:men|women|people)",
    re.IGNORECASE,
)
SINGULAR = re.compile(r".*(?:ss|us|is)|news|politics|boss|ours|his|hers", re.IGNORECASE)
THING = re.compile(r"it|its|which|this|that", re.IGNORECASE)
ONE = re.compile(r"I|me|my|you|your|he|him|his|she|her|one|myself|himself|herself", re.IGNORECASE)
OF_PEOPLE = re.compile(
    r"\b(?:number|majority|minority|percent|%|half|thirds?|fifths|quarters?|handful|dozens|most|many|much|some|all|few|several|lot|"
    r"none|one|two|three|\d+|group|trio|pair|couple|rest|part|members)\s+of\s+(?:the\s+|these\s+|those\s+|its\s+|our\s+)?",
    re.IGNORECASE,
)
HEAD_END = re.compile(
    r"[,;:(\[—–“”]|''|``|\s-\s|\s(?:who|whom|whose|which|that|of|for|in|at|on|from|by|with|to|about|near|under|over|as|"
    r"than|against|among|after|before|including|like|released|conducted|published|written|named|called|"
    r"based|is|was|are|were|has|had|have|filed|said|says)\b"
)
APPOSED = re.compile(r",\s(?:an?|the|one\sof)\s")
ADVERBS = frozenset(["alike", "alone", "everywhere", "here", "nationwide", "overall", "themselves", "there", "today"])
INITIALS = re.compile(r"[A-Z](?:[A-Z]+|(?:\.[A-Z])+\.?)(?:-[A-Z]+)?")
DOMAIN = re.compile(r"\w\.(?:com|org|net|gov|co)\b", re.IGNORECASE)


def type_of(source: str, *, named: bool = False) -> SpeakerType:
    """The type of one source (not of a compound); `named` says that a person's name is known to head it."""
    source = " ".join(source[:LIMIT].strip(" \t\r\n\"“”‘’',.;:").split())
    words, head = _head(source)
    if ANONYMOUS.search(source) or (not named and HIDDEN.fullmatch(head)):
        return SpeakerType.ANONYMOUS
    if named or ONE.fullmatch(source):
        return SpeakerType.PERSON
    if THING.fullmatch(source):
        return SpeakerType.ORGANISATION
    if INDEFINITE.match(source) and OFFICIAL.fullmatch(head):
        return SpeakerType.ANONYMOUS
    if is_organisation_name(words) or DOMAIN.search(source) or _is_apposed_organisation(source):
        return SpeakerType.ORGANISATION
    return _type_of_noun(words, head)


def is_organisation_name(words: list[str]) -> bool:
    """Whether capitalised words are the name of an organisation: its last word says so, or it is in capitals."""
    if not words or not words[-1][0].isupper():
        return False
    last = POSSESSIVE.sub("", words[-1])
    alone = len(words) == 1 or words[0].casefold() == "the"
    if INITIALS.fullmatch(last) or (alone and last in KNOWN_BY_ONE_WORD):
        return True
    proper = len(words) > 1 and (ORGANISATION_NAME.fullmatch(last.rstrip(".")) or ORGANISATION.fullmatch(last))
    return bool(proper)


def _type_of_noun(words: list[str], head: str) -> SpeakerType:
    capital = head[:1].isupper() and len(words) > 1
    if DOCUMENT.fullmatch(head) and (not capital or DOCUMENT_NAME.fullmatch(head)):
        return SpeakerType.DOCUMENT
    if ORGANISATION.fullmatch(head):
        return SpeakerType.ORGANISATION
    if GROUP.fullmatch(head) and not SINGULAR.fullmatch(head) and not _is_name(words):
        return SpeakerType.GROUP
    proper = len(words) > 1 and words[0].casefold() == "the" and words[-1][0].isupper() and not is_title(head)
    if proper:  # the Kremlin; a nickname like "the Boss" is rarer
        return SpeakerType.ORGANISATION
    return SpeakerType.DOCUMENT if DOCUMENT.fullmatch(head) else SpeakerType.PERSON


def _is_name(words: list[str]) -> bool:
    """Whether a phrase is nothing but capitals, two or more: James Woods, and not Other Republicans."""
    return len(words) > 1 and all(word[0].isupper() for word in words) and not STARTER.fullmatch(words[0].casefold())


def _is_apposed_organisation(source: str) -> bool:
    """Whether a name is explained as an organisation: "Bright Harbour, a charity,"."""
    apposed = APPOSED.search(source)
    return apposed is not None and ORGANISATION.fullmatch(_head(source[apposed.end() :])[1]) is not None


def _head(source: str) -> tuple[list[str], str]:
    """The words up to the head of a phrase, and the head: "the latest poll" and "poll"."""
    of_people = OF_PEOPLE.match(source) or OF_PEOPLE.search(source[:40])
    part = source[of_people.end() :] if of_people and not of_people[0].casefold().startswith("one ") else source
    end = HEAD_END.search(part, 1)
    words = [word[0] for word in WORD.finditer(part, 0, end.start() if end else len(part))]
    while len(words) > 1 and words[-1] in ADVERBS:
        words.pop()
    if not words:
        return [], ""
    return words, POSSESSIVE.sub("", words[-1]).rstrip(".")
