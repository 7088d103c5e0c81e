"""Number words that stand apart and mean one number: "vier en dertig", "doscientos treinta", "twee duizend"."""

from nlp.numbers.atoms import Atom
from nlp.numbers.vocabulary import UNITS

_WIDEST_GAP = 1  # separators between words of one number: a comma and a space end it
_DIX_SEPT = 7  # from here on "dix" adds up with the digit after it


def summed(atoms: list[Atom], *, languages: bool = True, hundreds: bool = True) -> list[Atom]:
    """Add units to tens and tens to hundreds, multiply by hundred and thousand.

    Args:
        atoms: of a region, with repeats written out.
        languages: words of one number must be of one language.
        hundreds: add to hundreds too; "five hundred two two two" may be 500 222.
    """
    result: list[Atom] = []
    for atom in atoms:
        joined = _scale(result, atom) or _sum(result, atom, languages=languages, hundreds=hundreds)
        if joined is None:
            result.append(atom)
        else:
            taken, whole = joined
            del result[-taken:]
            result.append(whole)
    return result


def scaled(atoms: list[Atom]) -> list[Atom]:
    """Only multiply by hundred and thousand; what glued words hold is not added up either."""
    result: list[Atom] = []
    for atom in atoms:
        joined = _scale(result, atom)
        if joined is not None:
            result[-1] = joined[1]
        elif atom.apart and atom.apart != atom.digits:
            result.append(_whole(atom, atom, atom.apart, "pair", atom.languages))
        else:
            result.append(atom)
    return result


def thousands_summed(atoms: list[Atom]) -> list[Atom]:
    """Add to thousands too: "mil doscientos", "duizend twaalf"."""
    result: list[Atom] = []
    for atom in summed(atoms):
        before = result[-1] if result else None
        if before and before.role == "thousand" and _adds(before, atom):
            value = str(int(before.digits) + int(atom.digits))
            result[-1] = _whole(before, atom, value, "pair", before.languages & atom.languages)
        else:
            result.append(atom)
    return result


def _whole(first: Atom, last: Atom, digits: str, role: str, languages: int) -> Atom:
    return Atom("word", digits, first.start, last.end, languages, role, first.gap, first.newline, first.raw)


def _scale(before: list[Atom], atom: Atom) -> tuple[int, Atom] | None:
    """Multiply: "twee" + "duizend", "20" + "honderd"."""
    if atom.role not in UNITS or atom.digits not in {"100", "1000"} or not before or atom.gap > _WIDEST_GAP:
        return None
    first = before[-1]
    counts = first.kind == "digit" or (first.kind == "word" and first.role in {"digit", "pair", "tens"})
    if not counts or len(first.digits) > 2 or not int(first.digits) > 0 or first.digits[0] == "0":
        return None
    return 1, _whole(
        first, atom, str(int(first.digits) * int(atom.digits)), atom.role, first.languages & atom.languages
    )


def _adds(first: Atom, atom: Atom) -> bool:
    """Whether a smaller number follows a hundred or a thousand."""
    if atom.kind != "word" or atom.role in {"row", "plural"} or atom.gap > _WIDEST_GAP:
        return False
    return bool(first.languages & atom.languages) and 0 < int(atom.digits) < UNITS[first.role]


def _sum(before: list[Atom], atom: Atom, *, languages: bool, hundreds: bool) -> tuple[int, Atom] | None:
    """The atom made of `atom` and the one or two before it, with how many it replaces; None where they do not add up."""
    if atom.kind != "word" or not before or atom.gap > _WIDEST_GAP:
        return None
    linked = len(before) > 1 and before[-1].role == "join" and before[-1].gap <= _WIDEST_GAP
    first = before[-2] if linked else before[-1]
    shared = first.languages & atom.languages
    if first.kind != "word" or (languages and not shared):
        return None
    taken = 2 if linked else 1
    if hundreds and first.role == "hundred" and _adds(first, atom):
        role = atom.role if atom.role in UNITS else "pair"
        return taken, _whole(first, atom, str(int(first.digits) + int(atom.digits)), role, shared)
    value = _total(first, int(first.digits), atom, int(atom.digits), linked=linked)
    if value is None:
        return None
    role = "tens" if value % 100 == 80 and atom.digits == "20" else "dix" if value % 100 in {70, 90} else "pair"
    return taken, _whole(first, atom, str(value), role, shared)


def _total(first: Atom, one: int, atom: Atom, two: int, *, linked: bool) -> int | None:
    """What two number words mean together; None where they stand side by side."""
    if atom.role == "digit" and two > 0:
        ten = first.role == "dix" or (one == 10 and first.raw == "dix")
        if first.role == "tens" or (ten and two >= _DIX_SEPT):
            return one + two
    elif atom.role == "pair" and 10 <= two <= 19:
        if first.role == "tens" and one % 100 in {60, 80} and atom.raw[:1] in "doqts":
            return one + two  # soixante-douze, quatre-vingt-douze
    elif atom.role == "tens":
        if one == 4 and two == 20 and first.raw.startswith("quatre"):
            return 80
        if linked and first.role == "digit" and one > 0:
            return one + two  # vier en dertig, vier und dreissig
    return None
