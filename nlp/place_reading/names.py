"""Names in a text that are places there, with the belief that they are and where the advertiser stands towards them."""

import re
from collections.abc import Iterable, Mapping, Sequence

from spacy.language import Language
from spacy.strings import StringStore

from nlp.folding import fold_word
from nlp.gazetteer import Entry, gazetteer
from nlp.phrases import Span
from nlp.place_reading import stance
from nlp.place_reading.context import (
    AFTER,
    CLUB,
    COLON,
    FROM,
    HALF_STOP,
    IN,
    NEAR,
    NOT,
    PERSON,
    QUARTER,
    SITE_LANGUAGE,
    STOP,
    VENUE,
    Context,
)
from nlp.place_reading.naming import Name
from nlp.place_reading.qualifying import Qualifiers
from nlp.place_reading.relations import relate
from nlp.place_reading.sight import has_capital, is_alone, is_part, is_shouted, opens_sentence
from nlp.place_reading.spelling import SHORTEST, speller
from nlp.place_reading.weighing import LARGE, SHORT_NAME, SMALL, Sight, belief
from nlp.tokens import Tokens

Match = tuple[Entry, int, int]
Turns = Mapping[str, Sequence[Span]]

_OWN_NAME = 60_000  # inhabitants; "van Utrecht" after a first name may still be the city
_MOST_SLIPS = 400
_SURE, _SERVED = 0.95, 0.8
_FIRM = frozenset({"in", "for", "label", "around"})
_DISMISSAL_REACH = 4  # tokens between a name and "sla ik over"
# Turns of phrase that end right before a name, and how they introduce it; the later outweighs: "oude adres in".
_TAILS = {"in_tail": "in", "near_tail": "near", "away_tail": "away", "club": "club", "person": "club"}
TURNS = frozenset({*_TAILS, "dismissal"})  # roles of turns of several words


class NameReader:
    """Finds the names; one per pipeline."""

    def __init__(self, nlp: Language) -> None:
        self.strings: StringStore = nlp.vocab.strings
        strings = self.strings
        self.contexts = Context.read(strings)
        self.speller = speller()
        self.qualifiers = Qualifiers(strings)
        self.hash_sign, self.at_water, self.whole, self.hyphen = (strings.add(w) for w in ("#", "aan", "heel", "-"))
        self.van = {strings.add(word) for word in ("van", "von", "de", "der")}

    def read(
        self,
        tokens: Tokens,
        matches: Sequence[Match],
        marked: list[int],
        turns: Turns,
        language: str | None,
        *,
        beside_field: bool = False,
    ) -> list[Name]:
        """Names that are places in a text, in text order, denied ones included.

        Args:
            tokens: of the text.
            matches: gazetteer entries at tokens [first, last), in order, not overlapping.
            marked: tokens that may be a slip or an inflection of a name, or open a hashtag.
            turns: turns of phrase by role, such as "minuten van".
            language: of the text; its prepositions and denials count beside the Dutch ones.
            beside_field: whether the site has the place in a field of its own, so that other names need more.
        """
        context = self.contexts.get(language) or self.contexts[None]
        tails = _tails(turns) if turns else {}
        dismissals = turns.get("dismissal", ())
        foreign = language is not None and language != SITE_LANGUAGE
        names: list[Name] = []
        for position, match in enumerate(matches):
            tail = tails.get(match[1], "")
            if tails and (tail == "club" or self._is_called(context, tokens, match, tails)):
                continue
            name = self._weigh(context, tokens, matches, position, tail, foreign=foreign)
            if name is not None:
                self._stand(context, tokens.norms, name, tail, dismissals)
                names.append(name)
        if marked:
            taken = {i for _, a, b in matches for i in range(a, b)}
            slips = self._misspelt(context, tokens, marked, taken, foreign=foreign)
            for name in slips:
                self._stand(context, tokens.norms, name, tails.get(name.first, ""), dismissals)
                names.append(name)
            names.sort(key=_by_start)
        if beside_field:
            for name in names:
                _note_offer(context, tokens.norms, name)
        if names:
            relate(context, names, tokens.norms)
        return names

    def _weigh(
        self,
        context: Context,
        tokens: Tokens,
        matches: Sequence[Match],
        position: int,
        tail: str,
        *,
        foreign: bool,
    ) -> Name | None:
        """Decide from case and neighbours whether a name is a place here; None if not."""
        entry, first, last = matches[position]
        norms = tokens.norms
        qualifier, length = self.qualifiers.after(tokens, last)
        if self._is_other(context, tokens, matches[position], qualifier):
            return None
        start, end = tokens.span(first, last)
        introduced = "in" if tail == "in" else stance.introduced(context, norms, first)
        certain: float | None = _SURE
        if entry.ordinary or entry.kind or end - start <= SHORT_NAME or entry.largest < SMALL:
            sight = self._sight(context, tokens, matches, position, introduced, qualifier)
            certain = belief(entry, end - start, sight, foreign=foreign)
        if certain is None:
            return None
        if qualifier:
            entry = self.qualifiers.abroad(entry, qualifier)
        return Name(entry, first, last + length, start, end, certain, introduced, qualifier)

    def _is_other(self, context: Context, tokens: Tokens, match: Match, qualifier: str) -> bool:
        """Whether the name is part of a person's, a club's, a street's or a house's name, or a word before a region."""
        entry, first, last = match
        norms = tokens.norms
        words = context.words
        previous = words.get(norms[first - 1], 0) if first else 0
        if previous & (PERSON | CLUB):
            return True
        if last < len(norms) and words.get(norms[last], 0) & AFTER:
            return True
        if first > 1 and norms[first - 1] in self.van:
            before = words.get(norms[first - 2], 0)
            if before & PERSON or self._is_surname(context, tokens, entry, first, first - 2):  # "Anna van Laren"
                return True
        if entry.kind == "abroad":
            return previous & FROM != 0
        return entry.ordinary != "" and self._is_word(tokens, match, previous, qualifier)

    def _is_word(self, tokens: Tokens, match: Match, previous: int, qualifier: str) -> bool:
        """Whether a name that may be a word is one for certain: "Club Linde", "Heel Drenthe", "Oost-Nederland"."""
        entry, first, last = match
        if previous & VENUE or (entry.ordinary == "name" and not qualifier):
            return True
        if tokens.norms[first] == self.whole and tokens.written(last)[:1].isupper():
            return True
        return self.is_part(tokens, first, last)

    def is_part(self, tokens: Tokens, first: int, last: int) -> bool:
        """Whether a hyphen makes the name part of another word: "Oost-Nederland", but not "Best-Zuid"."""
        return is_part(tokens.text, *tokens.span(first, last)) and not self._has_quarter(tokens, last)

    def _has_quarter(self, tokens: Tokens, last: int) -> bool:
        """Whether a point of the compass or the like is tied to the name that ends at token `last`: "Assen-Oost"."""
        site = self.contexts[SITE_LANGUAGE]
        return tokens.norm(last) == self.hyphen and site.at(tokens.norms, last + 1) & QUARTER != 0

    def _sight(
        self, context: Context, tokens: Tokens, matches: Sequence[Match], position: int, introduced: str, qualifier: str
    ) -> Sight:
        _, first, last = matches[position]
        norms = tokens.norms
        start, end = tokens.span(first, last)
        written = tokens.text[start:end]
        following = matches[position + 1][1] if position + 1 < len(matches) else last
        listed = (following > last and context.listed(norms, last, following)) or (
            position > 0 and context.listed(norms, matches[position - 1][2], first)
        )
        return Sight(
            capital=has_capital(written),
            shouted=_shouted(tokens.text, start, end),
            opening=opens_sentence(tokens.text, start),
            alone=is_alone(tokens.text, start, end),
            listed=listed,
            introduced=introduced,
            surrounded=introduced not in {"", "for"} or qualifier != "" or tokens.norm(first - 1) == self.hash_sign,
            qualified=qualifier != "",
            located=(0 < following - last <= 3 and context.at(norms, following - 1) & NEAR != 0)
            or self._is_located(context, tokens, last),
            set_off=context.at(norms, last) & STOP != 0,
            continued=context.at(norms, last) == 0 and tokens.written(last)[:1].islower(),
        )

    def _is_located(self, context: Context, tokens: Tokens, last: int) -> bool:
        """Whether what follows is said of a place: "Best centrum", "Dieren aan de IJssel", "Best, 12 juni"."""
        norms = tokens.norms
        following = context.at(norms, last)
        if following & QUARTER or self._has_quarter(tokens, last):
            return True
        if tokens.norm(last) == self.at_water:
            return tokens.written(last + 2)[:1].isupper()
        return following & (COLON | HALF_STOP) != 0 and tokens.written(last + 1).isdigit()

    def _stand(self, context: Context, norms: list[int], name: Name, tail: str, dismissals: Sequence[Span]) -> None:
        """Note where the advertiser stands towards the name."""
        first, last = name.first, name.last
        if tail == "near":  # "niet ver van" denies nothing
            name.introduced = "near"
            return
        if (
            tail == "away"
            or stance.is_away(context, norms, first, last)
            or stance.is_dismissed(context, norms, first, last)
            or (dismissals and _is_dismissed_by_turn(context, norms, last, dismissals))
        ):
            name.denied = True
            return
        if first and stance.is_at_distance(context, norms, first, last):
            name.introduced = "distance"
        elif name.introduced == "":
            name.firm = stance.is_served(context, norms, first, last)
            if name.firm:
                name.belief = max(name.belief, _SERVED)
            name.come = stance.is_come_from(context, norms, first)
        elif name.introduced in _FIRM:
            name.firm = not stance.is_seldom(context, norms, first)
            name.come = stance.is_come_from(context, norms, first)

    def _is_called(self, context: Context, tokens: Tokens, match: Match, tails: dict[int, str]) -> bool:
        """Whether it is the surname of who says what they are called: "mijn naam is Esther Borne"."""
        entry, first, _ = match
        if tails.get(first - 1) != "club":
            return False
        return self._is_surname(context, tokens, entry, first, first - 1)

    def _is_surname(self, context: Context, tokens: Tokens, entry: Entry, first: int, given: int) -> bool:
        """Whether it is one after the given name at token `given`, but for the name of a large place of its own."""
        if not tokens.written(given)[:1].isupper() or opens_sentence(tokens.text, tokens.start(first)):
            return False
        if not entry.ordinary and len(entry.candidates) == 1 and entry.largest >= _OWN_NAME:
            return False
        return not context.at(tokens.norms, given) & (IN | NEAR | FROM)

    def _misspelt(
        self, context: Context, tokens: Tokens, marked: list[int], taken: set[int], *, foreign: bool
    ) -> Iterable[Name]:
        """Long names with one slip or a foreign ending, and names within a hashtag."""
        for sign in marked[:_MOST_SLIPS]:
            index = sign + 1 if tokens.norms[sign] == self.hash_sign else sign
            if index in taken or index >= len(tokens.norms) or tokens.length(index) < SHORTEST - 1:
                continue
            taken.add(index)  # a slip in a hashtag is marked twice
            hashtag = tokens.norm(index - 1) == self.hash_sign
            hit = self.speller.look_up(self.strings[tokens.norms[index]])
            if hit is not None:
                name = _slip(context, tokens, index, hit, hashtag=hashtag, foreign=foreign)
            else:
                name = _in_hashtag(tokens, index) if hashtag else None
            if name is not None:
                yield name


def _note_offer(context: Context, norms: list[int], name: Name) -> None:
    """Note what decides, beside a place field, whether one is to be had at the name as well."""
    first = name.first
    name.out_of = first > 0 and name.introduced in _FIRM and context.at(norms, first - 1) & FROM != 0
    name.offered = name.firm and (name.introduced != "in" or stance.is_offered(context, norms, first, name.last))


def _by_start(name: Name) -> int:
    return name.first


def _tails(turns: Turns) -> dict[int, str]:
    """How turns introduce the token after them."""
    return {last: way for role, way in _TAILS.items() if role in turns for _, last in turns[role]}


def _is_dismissed_by_turn(context: Context, norms: list[int], last: int, dismissals: Sequence[Span]) -> bool:
    """Whether "sla ik over" or the like follows in the same clause; "kom ik niet" only at its end."""
    return any(
        0 <= first - last <= _DISMISSAL_REACH
        and not any(context.at(norms, index) & STOP for index in range(last, first))
        and (not context.at(norms, end - 1) & NOT or stance.ends(context, norms, end))
        for first, end in dismissals
    )


def _slip(
    context: Context, tokens: Tokens, index: int, hit: tuple[Entry, str], *, hashtag: bool, foreign: bool
) -> Name | None:
    """A word near a long name, believed by its case, its size and its surroundings."""
    entry, why = hit
    previous = context.at(tokens.norms, index - 1)
    if previous & (PERSON | CLUB) or context.at(tokens.norms, index + 1) & AFTER:
        return None
    start, end = tokens.span(index, index + 1)
    if why == "slip" and entry.largest < LARGE and (foreign or _shouted(tokens.text, start, end)):
        return None  # words of other languages are near the names of villages, and in capitals all look like names
    introduced = stance.introduced(context, tokens.norms, index)
    capital = tokens.text[start].isupper()
    well_known = entry.largest >= (SMALL if introduced else LARGE) and (introduced or len(entry.name) > SHORTEST)
    if not (hashtag or capital or well_known or is_alone(tokens.text, start, end)):
        return None
    certain = 0.9 if why == "ending" else 0.85
    if why == "slip" and not (introduced or hashtag):
        certain = 0.7 if capital and not opens_sentence(tokens.text, start) else 0.6
    return Name(entry, index, index + 1, start, end, certain, introduced)


def _shouted(text: str, start: int, end: int) -> bool:
    return text[start:end].isupper() and is_shouted(text, start, end)


def _in_hashtag(tokens: Tokens, index: int) -> Name | None:
    """A part of a hashtag that starts with a capital, or a long name at either end of it."""
    tag = tokens.written(index)
    lengths = range(min(len(tag) - 1, 30), SHORTEST - 1, -1)
    parts = [*re.findall(r"[A-Z][^A-Z]+", tag), *(tag[-n:] for n in lengths), *(tag[:n] for n in lengths)]
    for part in parts:
        entry = gazetteer().entries.get(fold_word(part))
        if entry and not entry.ordinary and len(part) > SHORT_NAME:
            start = tokens.start(index) + tag.index(part)
            return Name(entry, index, index + 1, start, start + len(part), 0.85)
    return None
