"""Names in a text that are places there, with the belief that they are and how the words before introduce them."""

import re
from dataclasses import dataclass

from spacy.language import Language
from spacy.strings import StringStore

from nlp.folding import fold_word
from nlp.gazetteer import Entry, gazetteer
from nlp.lexicon import HASH_SIGN, NEAR_NAME
from nlp.place_reading.context import SITE_LANGUAGE, Context
from nlp.place_reading.sight import has_capital, is_alone, is_shouted, opens_sentence
from nlp.place_reading.spelling import SHORTEST, speller
from nlp.tokens import Tokens

_SHORT_NAME = 3  # letters; "Ede", "Oss", "Urk" in lower case are believed only after a preposition
_SMALL, _LARGE = 5_000, 20_000  # inhabitants; names of small places are believed in fewer spellings
_OWN_NAME = 60_000  # inhabitants; "van Utrecht" after a first name may still be the city
_NEARNESS = {"near": 0.42, "around": 0.7, "between": 0.5}  # belief that someone near a place is in its municipality
_BESIDE_ANOTHER = 0.5  # "Glanerbrug bij Enschede": the second only says where the first is
_MOST_SLIPS = 400
_INTRODUCTIONS = frozenset({"in", "near", "around", "label", "between"})


@dataclass(slots=True)
class Name:
    """A name at tokens [first, last), characters [start, end), not yet decided between its bearers."""

    entry: Entry
    first: int
    last: int
    start: int
    end: int
    belief: float
    introduced: str = ""
    qualifier: str = ""
    denied: bool = False


@dataclass(frozen=True, slots=True)
class _Sight:
    """What one sees of a name without knowing it."""

    capital: bool
    shouted: bool
    opening: bool
    alone: bool
    listed: bool
    introduced: str
    qualifier: str
    surrounded: bool


class NameReader:
    """Finds the names; one per pipeline."""

    def __init__(self, nlp: Language) -> None:
        self.strings: StringStore = nlp.vocab.strings
        strings = self.strings
        self.contexts = Context.read(strings)
        self.speller = speller()
        self.hash_sign, self.bracket, self.comma = (strings.add(sign) for sign in "#(,")
        self.van = {strings.add(word) for word in ("van", "von", "de", "der")}

    def read(
        self,
        tokens: Tokens,
        matches: list[tuple[Entry, int, int]],
        tails: set[int],
        clubs: set[int],
        language: str | None,
    ) -> list[Name]:
        """Names that are places in a text, in text order, denied ones included.

        Args:
            tokens: of the text.
            matches: gazetteer entries at tokens [first, last), in order, not overlapping.
            tails: tokens right after a turn such as "minuten van".
            clubs: tokens right after the name of a football club.
            language: of the text; its prepositions and denials count beside the Dutch ones.
        """
        context = self.contexts.get(language, self.contexts[None])
        foreign = language not in {None, SITE_LANGUAGE}
        names: list[Name] = []
        for position, (entry, first, last) in enumerate(matches):
            if first in clubs:
                continue
            before = matches[position - 1][2] if position else first
            after = matches[position + 1][1] if position + 1 < len(matches) else last
            listed = context.listed(tokens.norms, last, after) or context.listed(tokens.norms, before, first)
            name = self._weigh(context, tokens, (entry, first, last), listed=listed, foreign=foreign)
            if name is None:
                continue
            if first in tails:
                name.introduced = "near"
            _relate(context, name, names, tokens.norms)
            names.append(name)
        names += self._misspelt(context, tokens, {i for _, a, b in matches for i in range(a, b)})
        names.sort(key=lambda name: name.first)
        _settle(names)
        return names

    def _weigh(
        self, context: Context, tokens: Tokens, match: tuple[Entry, int, int], *, listed: bool, foreign: bool
    ) -> Name | None:
        """Decide from case and neighbours whether a name is a place here; None if not."""
        entry, first, last = match
        if context.personal(tokens.norms, first) or tokens.norm(last) in context.roles["after"]:
            return None
        start, end = tokens.span(first, last)
        if entry.ordinary and _is_part(tokens.text, start, end):
            return None
        qualifier, length = self.qualifier(tokens, last)
        if entry.ordinary and (
            (entry.ordinary == "name" and not qualifier) or context.venue(tokens.norms, first)
        ):  # "Club Linde"
            return None
        introduced = context.introduced(tokens.norms, first)
        opening = opens_sentence(tokens.text, start)
        if not opening and self._is_surname(context, tokens, entry, first):
            return None
        written = tokens.text[start:end]
        sight = _Sight(
            capital=has_capital(written),
            shouted=written.isupper() and is_shouted(tokens.text, start, end),
            opening=opening,
            alone=is_alone(tokens.text, start, end),
            listed=listed,
            introduced=introduced,
            qualifier=qualifier,
            surrounded=introduced != "" or qualifier != "" or tokens.norm(first - 1) == self.hash_sign,
        )
        belief = _belief(entry, len(written), sight, foreign=foreign)
        if belief is None:
            return None
        denied = context.denied(tokens.norms, first)
        return Name(entry, first, last + length, start, end, belief, introduced, qualifier, denied)

    def _is_surname(self, context: Context, tokens: Tokens, entry: Entry, first: int) -> bool:
        """Whether it is one, as in "Anna van Laren"; not where the name is a large place of its own."""
        if first < 2 or tokens.norms[first - 1] not in self.van or not tokens.written(first - 2)[:1].isupper():
            return False
        if not entry.ordinary and len(entry.candidates) == 1 and entry.candidates[0].population >= _OWN_NAME:
            return False
        before = tokens.norms[first - 2]
        return before not in context.roles["in"] and before not in context.roles["near"]

    def qualifier(self, tokens: Tokens, last: int) -> tuple[str, int]:
        """(province named right after the name that ends at token `last`, tokens it takes): "(O)", ", Overijssel"."""
        opened = tokens.norm(last) == self.bracket
        index = last + 1 if opened or tokens.norm(last) == self.comma else last
        written = tokens.written(index)
        province = gazetteer().qualifiers.get(written.lower(), "")
        if not province or (len(written) <= 2 and not opened and not written.isupper() and written.lower() != "ov"):
            return "", 0
        return province, index + 1 - last

    def _misspelt(self, context: Context, tokens: Tokens, taken: set[int]) -> list[Name]:
        """Long names with one slip or a foreign ending, and names within a hashtag."""
        near = tokens.with_any(NEAR_NAME | HASH_SIGN)
        names: list[Name] = []
        for marked in near[:_MOST_SLIPS]:
            index = marked + 1 if tokens.norms[marked] == self.hash_sign else marked
            if index in taken or index >= len(tokens.norms) or tokens.lengths[index] < SHORTEST - 1:
                continue
            taken.add(index)  # a slip in a hashtag is marked twice
            hashtag = tokens.norm(index - 1) == self.hash_sign
            hit = self.speller.look_up(self.strings[tokens.norms[index]])
            if hit is not None:
                name = _slip(context, tokens, index, hit, hashtag=hashtag)
            else:
                name = _in_hashtag(tokens, index) if hashtag else None
            if name is not None:
                name.denied = context.denied(tokens.norms, index)
                names.append(name)
        return names


def _is_part(text: str, start: int, end: int) -> bool:
    """Whether a hyphen ties the name to another word: "Oost-Nederland"."""
    after = text[end : end + 2]
    return (after[:1] == "-" and after[1:].isalpha()) or (
        text[start - 1 : start] == "-" and text[start - 2 : start - 1].isalpha()
    )


def _belief(entry: Entry, length: int, sight: _Sight, *, foreign: bool) -> float | None:
    """How likely the name is a place here, by kind of name; None where too little speaks for it."""
    if entry.ordinary in {"strong", "name"}:
        return _belief_in_word(sight)
    seen = sight.capital or sight.surrounded
    if entry.ordinary == "weak":
        seen = seen or sight.listed
        bare = 0.6 if (sight.opening and not sight.alone) or not sight.capital else 0.85
        return (0.9 if sight.surrounded else bare) if seen else None
    if length <= _SHORT_NAME:
        return (0.9 if sight.surrounded or not sight.shouted else 0.7) if seen else None
    if all(candidate.kind == "district" for candidate in entry.candidates):
        return 0.9 if seen else None
    if not seen and max(candidate.population for candidate in entry.candidates) < _SMALL:
        return None if foreign else 0.55  # "warten" is a village in Friesland and a German verb
    return 0.95


def _belief_in_word(sight: _Sight) -> float | None:
    """The same for a name that is a common word: only a capital where none is due, and a sign of place, count."""
    introduced = sight.introduced in _INTRODUCTIONS or sight.qualifier != ""
    if not sight.capital or not (introduced or sight.alone or sight.listed):
        return None
    if sight.shouted and sight.introduced not in {"in", "label"} and not sight.qualifier:
        return None
    if introduced:
        return 0.85
    return 0.5 if sight.opening else 0.6


def _slip(context: Context, tokens: Tokens, index: int, hit: tuple[Entry, str], *, hashtag: bool) -> Name | None:
    """A word near a long name, believed by its case, its size and its surroundings."""
    entry, why = hit
    start, end = tokens.span(index, index + 1)
    introduced = context.introduced(tokens.norms, index)
    capital = tokens.text[start].isupper()
    if not (hashtag or capital or is_alone(tokens.text, start, end)):
        size = max(candidate.population for candidate in entry.candidates)
        if size < (_SMALL if introduced else _LARGE) or (not introduced and len(entry.name) <= SHORTEST):
            return None
    belief = 0.9 if why == "ending" else 0.85
    if why == "slip" and not (introduced or hashtag):
        belief = 0.7 if capital and not opens_sentence(tokens.text, start) else 0.6
    return Name(entry, index, index + 1, start, end, belief, introduced)


def _in_hashtag(tokens: Tokens, index: int) -> Name | None:
    """A part of a hashtag that starts with a capital, or a long name at either end of it."""
    tag = tokens.written(index)
    lengths = range(min(len(tag) - 1, 30), SHORTEST - 1, -1)
    parts = [*re.findall(r"[A-Z][^A-Z]+", tag), *(tag[-n:] for n in lengths), *(tag[:n] for n in lengths)]
    for part in parts:
        entry = gazetteer().entries.get(fold_word(part))
        if entry and not entry.ordinary and len(part) > _SHORT_NAME:
            start = tokens.starts[index] + tag.index(part)
            return Name(entry, index, index + 1, start, start + len(part), 0.85)
    return None


def _relate(context: Context, name: Name, before: list[Name], norms: list[int]) -> None:
    """Carry denial and vicinity over a list; a place "bij" another makes that one vicinity only."""
    if not before:
        return
    previous = before[-1]
    if context.listed(norms, previous.last, name.first) and not name.introduced:
        name.denied = name.denied or previous.denied
        if previous.introduced in _NEARNESS:
            name.introduced = previous.introduced
    if name.introduced == "near" and name.first - previous.last == 1 and not previous.denied:
        name.belief *= _BESIDE_ANOTHER


def _settle(names: list[Name]) -> None:
    """Lower the belief in places that are only near."""
    for index, name in enumerate(names):
        following = names[index + 1] if index + 1 < len(names) else None
        if name.introduced == "between" and following and following.first - name.last <= 2:
            following.introduced = "between"
        name.belief *= _NEARNESS.get(name.introduced, 1.0)
