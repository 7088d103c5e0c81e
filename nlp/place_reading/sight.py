"""What one sees of a name without knowing it: capitals, whether a sentence opens there, whether it stands alone."""


def is_alone(text: str, start: int, end: int) -> bool:
    """Whether the characters have their line to themselves."""
    after = text.find("\n", end)
    line = text[text.rfind("\n", 0, start) + 1 : start] + text[end : after if after >= 0 else len(text)]
    return not any(character.isalnum() for character in line)


def opens_sentence(text: str, start: int) -> bool:
    """Whether a sentence or line opens at `start`, so that a capital says nothing."""
    before = text[max(0, start - 4) : start].rstrip(" ")
    return before == "" or before[-1] in ".!?\n"


def is_shouted(text: str, start: int, end: int) -> bool:
    """Whether the words around are in capitals too, so that a capital says nothing."""
    around = [c for c in text[max(0, start - 20) : start] + text[end : end + 20] if c.isalpha()]
    return bool(around) and sum(c.isupper() for c in around) > 0.7 * len(around)


def has_capital(written: str) -> bool:
    """Whether a name starts with a capital, past an apostrophe: "'s-Gravenhage" has one.

    >>> has_capital("'t Zand"), has_capital("best")
    (True, False)
    """
    if written[:1] in {"'", "’"}:
        return written[3:4].isupper()
    return written[:1].isupper()


def is_part(text: str, start: int, end: int) -> bool:
    """Whether a hyphen ties the name to another word: "Oost-Nederland"."""
    after = text[end : end + 2]
    return (after[:1] == "-" and after[1:].isalpha()) or (
        text[start - 1 : start] == "-" and text[start - 2 : start - 1].isalpha()
    )
