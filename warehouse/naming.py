"""How a column is named: its ending, or its whole name, says of what kind it is and of which type (STYLE 4)."""

from dataclasses import dataclass

_WHOLE = ("smallint", "integer", "bigint")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of column.

    Attributes:
        form: an ending (`_count`), a beginning (`is_`) or a whole name (`seed`).
        types: PostgreSQL's names of the types that it may have.
    """

    form: str
    types: tuple[str, ...]
    meaning: str

    def fits(self, column: str) -> bool:
        """Tell whether a column is named as one of this kind."""
        if self.form.startswith("_"):
            return column.endswith(self.form)
        if self.form.endswith("_"):
            return column.startswith(self.form)
        return column == self.form


KINDS = (
    Kind("_code", ("text",), "A name from a closed list or a public standard."),
    Kind("_codes", ("text[]",), "Several of them."),
    Kind("_name", ("text",), "A name for people to read."),
    Kind("_id", ("integer", "bigint"), "A running number without meaning; differs between rebuilds, never published."),
    Kind("_key", ("bytea",), "A pseudonym: HMAC-SHA-256 under the key of an epoch, 32 bytes."),
    Kind("_keys", ("bytea[]",), "Several of them."),
    Kind("_digest", ("text", "bytea"), "SHA-256 of something that is kept or was destroyed; as text in hexadecimals."),
    Kind("_number", _WHOLE, "A number that is no count: a version, a draw."),
    Kind("_count", (*_WHOLE, "double precision"), "How many, 0 or more; with a fraction where it is an estimate."),
    Kind("_value", ("double precision",), "A measured value, in the unit that its comment says."),
    Kind("_share", ("double precision", "real"), "A part of a whole, 0 to 1."),
    Kind("_probability", ("double precision", "real"), "How sure, 0 to 1."),
    Kind("_probabilities", ("real[]", "double precision[]"), "Several of them."),
    Kind("_km", ("double precision", "real"), "A distance in kilometres."),
    Kind("_date", ("date",), "A local day, Europe/Amsterdam."),
    Kind("_start", ("date",), "The first day of a period."),
    Kind("_at", ("timestamp with time zone",), "A moment."),
    Kind("_version", ("text",), "The version of a program or of a set of rules."),
    Kind("is_", ("boolean",), "Yes or no."),
    Kind("_missing", ("text",), "What is not there, as a short list."),
    Kind("reason", ("text",), "A named reason, from a closed list; empty where none is needed."),
    Kind("subject", ("text",), "What a receipt is about: a name of ours, never a value from a listing."),
    Kind("digest", ("bytea",), "As `_digest`, where there is one only."),
    Kind("sketch", ("bytea",), "A keyed signature of a text; lives and dies with the key of its epoch."),
    Kind("warnings", ("text[]",), "Named warnings, from a closed list."),
    Kind("overlap", ("jsonb",), "A document: counts by set of source groups."),
    Kind("models", ("jsonb",), "A document: the models behind a figure."),
    Kind("inputs", ("jsonb",), "A document: what all figures of a vintage share."),
    Kind("attacks", ("jsonb",), "A document: results of the attack tests."),
    Kind("request", ("jsonb",), "A document: what was asked."),
    Kind("seed", ("bigint",), "The seed of the draws."),
    Kind("latitude", ("double precision",), "Degrees north."),
    Kind("longitude", ("double precision",), "Degrees east."),
)


def kind_of(column: str) -> Kind | None:
    """Give the kind that a column's name says, the longest form first; None where it says none.

    >>> kind_of("page_expected_count").form, kind_of("colour")
    ('_count', None)
    """
    fitting = [kind for kind in KINDS if kind.fits(column)]
    return max(fitting, key=lambda kind: len(kind.form), default=None)
