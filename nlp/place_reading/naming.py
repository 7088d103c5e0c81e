"""A name in a text, and what is noted of it."""

from dataclasses import dataclass

from nlp.gazetteer import Entry


@dataclass(slots=True)
class Name:
    """A name at tokens [first, last), characters [start, end), not yet decided between its bearers.

    `firm`: the words around say that the advertiser is or goes there. `come`: "kom uit", where one may only be from.
    Beside a site's place field more is asked. `offered`: the sentence says that one is to be had there. `out_of`: after
    "uit" or "from", which tells where one is from.
    """

    entry: Entry
    first: int
    last: int
    start: int
    end: int
    belief: float
    introduced: str = ""
    qualifier: str = ""
    denied: bool = False
    firm: bool = False
    offered: bool = False
    come: bool = False
    out_of: bool = False
