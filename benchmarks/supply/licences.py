"""Which licence a distribution says it has, and whether we may use it.

`licences.csv` is the table of facts: what is allowed, what older words mean, and what a distribution has whose own words
do not say. A licence that is not in it is unknown, and unknown is refused: a person reads it and adds a line.
"""

import csv
import re
from dataclasses import dataclass, field
from importlib.metadata import Distribution
from pathlib import Path

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.utils import canonicalize_name

TABLE = Path(__file__).with_name("licences.csv")
_TOKENS = re.compile(r"[()]|[^\s()]+")


@dataclass(frozen=True, slots=True)
class Licences:
    """The table: SPDX ids that are allowed, SPDX expressions of older words, SPDX expressions by distribution."""

    allowed: set[str] = field(default_factory=set)
    words: dict[str, str] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, table: Path = TABLE) -> "Licences":
        """Read the table: columns kind (allowed, word, distribution), said, spdx, why."""
        made = cls()
        with table.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                if row["kind"] == "allowed":
                    made.allowed.add(row["said"])
                else:
                    (made.words if row["kind"] == "word" else made.named)[row["said"]] = row["spdx"]
        return made

    def of(self, dist: Distribution) -> str | None:
        """Give the SPDX expression of a distribution: by its name, else as it says itself; None where it does not."""
        if name := self.named.get(canonicalize_name(dist.name)):
            return name
        said = dist.metadata.get("License-Expression") or dist.metadata.get("License") or ""
        try:
            return str(canonicalize_license_expression(said))
        except InvalidLicenseExpression:
            pass
        classifiers = [
            each.rpartition(" :: ")[2]
            for each in dist.metadata.get_all("Classifier") or []
            if each.startswith("License :: OSI Approved ::")
        ]
        found = [self.words.get(each) for each in classifiers or [said.strip()]]
        # Several classifiers do not say whether one may choose: all of them have to be allowed.
        return " AND ".join(sorted({each for each in found if each})) if all(found) else None

    def allows(self, expression: str) -> bool:
        """Tell whether an SPDX expression can be met: one side of an OR, both sides of an AND.

        >>> Licences(allowed={"MIT"}).allows("GPL-3.0-only OR MIT")
        True
        >>> Licences(allowed={"MIT"}).allows("MIT AND (GPL-3.0-only OR 0BSD)")
        False
        """
        tokens = _TOKENS.findall(expression)[::-1]
        return self._either(tokens) and not tokens

    def _either(self, tokens: list[str]) -> bool:
        met = self._both(tokens)
        while tokens and tokens[-1] == "OR":
            tokens.pop()
            met = self._both(tokens) or met
        return met

    def _both(self, tokens: list[str]) -> bool:
        met = self._one(tokens)
        while tokens and tokens[-1] == "AND":
            tokens.pop()
            met = self._one(tokens) and met
        return met

    def _one(self, tokens: list[str]) -> bool:
        token = tokens.pop() if tokens else ""
        if token == "(":
            met = self._either(tokens)
            return bool(tokens) and tokens.pop() == ")" and met
        if tokens[-1:] == ["WITH"]:
            tokens.pop()
            token += f" WITH {tokens.pop() if tokens else ''}"
        return token in self.allowed
