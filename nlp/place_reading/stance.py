"""Where the advertiser stands towards a place that is named: there, near it, or not there (any more)."""

from functools import cache

from nlp.place_reading.context import (
    ALSO,
    AROUND,
    BASE,
    BETWEEN,
    COLON,
    COME,
    DENIAL,
    FILLER,
    FOR,
    FORMER,
    FROM,
    FULL_STOP,
    GONE,
    IN,
    KIN,
    LABEL,
    LIES,
    LISTING,
    MORE,
    MOVED,
    NEAR,
    NEGATION,
    NOT,
    OFFER,
    OR,
    ORIGIN,
    PREVERBAL,
    QUESTION,
    SELDOM,
    SERVE,
    STOP,
    THERE,
    UNIT,
    VISITOR,
    Context,
)

_REACH = 8  # tokens that are looked at on either side
_GONE_REACH, _GONE_REACH_FRONTED = 2, 5
_AWAY = NEGATION | DENIAL | FORMER | ORIGIN | KIN
_TELLING = GONE | NOT | PREVERBAL | STOP | LISTING
_PASSED = FILLER | IN | FROM | LABEL | AROUND | FOR


def introduced(context: Context, norms: list[int], first: int) -> str:
    """How the words before the name introduce it: in, for, near, around, between, label or nothing ("")."""
    if first == 0:
        return ""
    words = context.words
    bits = words.get(norms[first - 1], 0)
    if bits:
        way = _way_of(bits)
        if way:
            return way
        if bits & STOP and not bits & COLON:
            return ""
    before = words.get(norms[first - 2], 0) if first > 1 else 0
    if bits & LABEL or (bits & COLON and before & LABEL):  # "Locatie: Best"
        return "label"
    if before & AROUND:  # "omgeving van Zwolle"
        return "around"
    return "near" if before & NEAR else ""


@cache
def _way_of(bits: int) -> str:
    """How a word with these bits introduces the name after it, the narrowest way first."""
    ways = ((NEAR, "near"), (AROUND, "around"), (BETWEEN, "between"), (IN, "in"), (FOR, "for"))
    return next((way for bit, way in ways if bits & bit), "")


def is_away(context: Context, norms: list[int], first: int, last: int) -> bool:
    """Whether the words before the name say that the advertiser is not there: denied, left, others' home or origin."""
    if first == 0:
        return False
    words = context.words
    preposition = words.get(norms[first - 1], 0)
    if preposition & FROM and (_is_left(context, norms, first, last) or _do_others_come(context, norms, last)):
        return True
    for index in range(first - 1, max(-1, first - 1 - _REACH), -1):
        bits = words.get(norms[index], 0)
        if bits & _AWAY:
            return not bits & KIN or not _owns(context, norms, index)
        if bits & VISITOR and preposition & FROM:
            return True
        if not bits & _PASSED:
            return False
    return False


def is_seldom(context: Context, norms: list[int], first: int) -> bool:
    """Whether the offer is a rare one: "weleens in Hengelo"."""
    words = context.words
    return first > 1 and (words.get(norms[first - 2], 0) | words.get(norms[first - 1], 0)) & SELDOM != 0


def _owns(context: Context, norms: list[int], index: int) -> bool:
    """Whether the relative at token `index` only owns the place: "het huisje van mijn ouders in Ommen"."""
    return any(context.at(norms, before) & FROM for before in range(index - 2, index))


def is_come_from(context: Context, norms: list[int], first: int) -> bool:
    """Whether the name follows "kom uit": more often where one was born than where one is."""
    if first < 2 or not context.words.get(norms[first - 1], 0) & FROM:
        return False
    return any(context.at(norms, index) & COME for index in range(first - 4, first - 1))


def _do_others_come(context: Context, norms: list[int], last: int) -> bool:
    """Whether "uit X" is followed by "komen veel gasten"."""
    if not context.at(norms, last) & COME:
        return False
    return any(context.at(norms, index) & VISITOR for index in range(last + 1, last + 4))


def _is_left(context: Context, norms: list[int], first: int, last: int) -> bool:
    """Whether "verhuisd" or the like stands in the sentence: then "van" and "uit" tell where from."""
    words = context.words
    # "van A naar B verhuisd", "uit A vertrokken"; "our salon of A has moved into a larger house" is still in A.
    reach = _REACH if context.at(norms, last) & IN else 2
    for index in range(last, min(len(norms), last + reach)):
        bits = words.get(norms[index], 0)
        if bits & MOVED:
            return True
        if bits & FULL_STOP:
            break
    for index in range(first - 2, max(-1, first - _REACH), -1):
        bits = words.get(norms[index], 0)
        if bits & MOVED:
            return True
        if bits & FULL_STOP:
            break
    return False


def is_at_distance(context: Context, norms: list[int], first: int, last: int) -> bool:
    """Whether a distance is measured from the name: "20 minuten van", "vanuit X een kwartier", "X is tien minuten"."""
    words = context.words
    preposition = words.get(norms[first - 1], 0)
    if preposition & BASE:
        for index in range(last, min(len(norms), last + 4)):
            bits = words.get(norms[index], 0)
            if bits & UNIT:
                return True
            if bits & STOP:
                break
    if preposition & FROM:
        for index in range(first - 2, max(-1, first - 7), -1):
            bits = words.get(norms[index], 0)
            if bits & UNIT:
                return True
            if bits & STOP:
                break
    elif not preposition & IN and last < len(norms) and words.get(norms[last], 0) & LIES:
        return any(context.at(norms, index) & (UNIT | NEAR) for index in range(last + 1, last + 5))
    return False


def is_fronted(context: Context, norms: list[int], first: int) -> bool:
    """Whether the name opens its clause, with or without a preposition."""
    if first == 0 or context.at(norms, first - 1) & STOP:
        return True
    opened = context.at(norms, first - 1) & (IN | FOR | NEAR) != 0
    return opened and (first == 1 or context.at(norms, first - 2) & STOP != 0)


def is_dismissed(context: Context, norms: list[int], first: int, last: int) -> bool:
    """Whether the words after the name deny it: "Almelo: nee", "in Hengelo kom ik niet", "in Deventer gewoond"."""
    words = context.words
    apart = asked = False
    for index in range(last, min(len(norms), last + _REACH)):
        bits = words.get(norms[index], 0)
        if not bits & _TELLING:
            continue
        if bits & GONE and not apart and index - last <= _GONE_REACH_FRONTED:
            return index - last <= _GONE_REACH or is_fronted(context, norms, first)
        if bits & PREVERBAL and index == last:  # "do Emmen nie jadę"
            return any(ends(context, norms, last + verb) for verb in (2, 3))
        if bits & NOT:
            fronted = asked or index == last or is_fronted(context, norms, first)
            return fronted and ends(context, norms, index + 1, apart=apart)
        if bits & FULL_STOP and index > last:
            return False
        if bits & (STOP | LISTING):  # "Assen? Nee."
            apart = True
            asked = asked or bits & QUESTION != 0
            taken_up = NOT if bits & FULL_STOP else THERE | NOT
            if not context.at(norms, index + 1) & taken_up:
                return False
    return False


def ends(context: Context, norms: list[int], index: int, *, apart: bool = False) -> bool:
    """Whether the clause ends at token `index`, or with "meer" there; apart from the name "niet meer" may begin the next."""
    if index < len(norms) and context.at(norms, index) & MORE:
        if not apart:
            return True
        index += 1
    return index >= len(norms) or context.at(norms, index) & STOP != 0


def is_served(context: Context, norms: list[int], first: int, last: int) -> bool:
    """Whether the words around a bare name offer something there: "Hengelo bezoek ik", "ook Almelo"."""
    before = first - 2 if context.at(norms, first - 1) & COLON else first - 1  # "Ook mogelijk: Almelo"
    if context.at(norms, before) & (ALSO | OFFER):
        return True
    for index in range(last, min(len(norms), last + 5)):
        bits = context.at(norms, index)
        if bits & SERVE:
            return True
        if bits & STOP:
            break
    return False


def is_offered(context: Context, norms: list[int], first: int, last: int) -> bool:
    """Whether the sentence says that one is to be had there: "ik bezoek je ook in Neede", but not "leuker dan in Neede"."""
    words = context.words
    for way in (range(first - 1, max(-1, first - 1 - _REACH), -1), range(last, min(len(norms), last + _REACH))):
        for index in way:
            bits = words.get(norms[index], 0)
            if bits & (ALSO | OFFER | SERVE):
                return True
            if bits & FULL_STOP:
                break
    return False


def shares_denial(context: Context, norms: list[int], start: int, end: int) -> bool:
    """Whether the words between two names carry a denial over: "niet in Assen of in Emmen"."""
    if not 0 < end - start <= 3:
        return False
    bits = [context.at(norms, index) for index in range(start, end)]
    return any(b & OR for b in bits) and all(b & (OR | IN | LISTING | FROM | NEGATION | DENIAL) for b in bits)
