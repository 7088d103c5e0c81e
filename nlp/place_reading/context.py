"""Words around a place name that say whether it is one, and whether the advertiser is there."""

from dataclasses import dataclass

from spacy.strings import StringStore

from nlp.folding import fold_word
from nlp.wordlists import DATA, languages_with, table

LIST_SIGNS = ("/", ",", "&", "-", "|", "+", "•", "·", ";")
STOP_SIGNS = (".", "!", "?", ";", ":", "\n")


# Prepositions of one language are words of another ("no" is "in the" in Portuguese): the text's own and the site's count.
SITE_LANGUAGE = "nl"


@dataclass(slots=True)
class Context:
    """Hashes of folded words per role, so that a token's hash is looked up and never its text."""

    roles: dict[str, set[int]]
    list_signs: set[int]
    stops: set[int]
    colon: int

    @classmethod
    def read(cls, strings: StringStore) -> dict[str | None, "Context"]:
        """Read the word lists into the pipeline's string store: one context a language, all together under None."""
        rows = [
            (code, role, strings.add(fold_word(text)))
            for code in languages_with("place_context.csv")
            for text, role in table(DATA / code / "place_context.csv", ("phrase", "role"))
            if " " not in text
        ]
        roles = {role for _, role, _ in rows}
        contexts: dict[str | None, Context] = {}
        for language in (None, *languages_with("place_context.csv")):
            heard = {
                role: {
                    key
                    for code, r, key in rows
                    if r == role and (language is None or code in {language, SITE_LANGUAGE})
                }
                for role in roles
            }
            if language is None:  # an unknown language: denials of the site's language and English only
                heard["negation"] = {
                    key for code, r, key in rows if r == "negation" and code in {SITE_LANGUAGE, "en", "de"}
                }
            contexts[language] = cls(
                heard,
                {strings.add(sign) for sign in LIST_SIGNS} | heard["list"],
                {strings.add(sign) for sign in STOP_SIGNS},
                strings.add(":"),
            )
        return contexts

    def denied(self, norms: list[int], start: int) -> bool:
        """Whether a negation governs the name at token `start`: "niet (meer) in ...", "geen ...", but not "niet ver van"."""
        roles = self.roles
        for index in range(start - 1, max(-1, start - 6), -1):
            norm = norms[index]
            if norm in roles["negation"] or norm in roles["former"]:
                return True
            if norm not in roles["neg_filler"]:
                return False
        return False

    def introduced(self, norms: list[int], start: int) -> str:
        """How the words before the name introduce it: in, near, around, between, label or nothing ("")."""
        if start == 0:
            return ""
        roles = self.roles
        previous = norms[start - 1]
        for role in ("near", "around"):
            if previous in roles[role]:
                return role
        if previous in roles["between"]:
            return "between"
        if previous in roles["in"]:
            return "in"
        if previous in self.stops and previous != self.colon:
            return ""
        before = norms[start - 2] if start > 1 else 0
        if previous in roles["label"] or (previous == self.colon and before in roles["label"]):  # "Locatie: Best"
            return "label"
        if before in roles["around"]:  # "omgeving van Zwolle"
            return "around"
        return "near" if before in roles["near"] else ""

    def personal(self, norms: list[int], start: int) -> bool:
        """Whether the name is part of a person's or a club's name: "mevrouw van Laren", "FC Utrecht"."""
        roles = self.roles
        window = norms[max(0, start - 1) : start]
        if any(norm in roles["club"] or norm in roles["person"] for norm in window):
            return True
        return start > 1 and norms[start - 2] in roles["person"]

    def venue(self, norms: list[int], start: int) -> bool:
        """Whether a word such as "club" or "hotel" stands before: then an ordinary word after it is its name."""
        return start > 0 and norms[start - 1] in self.roles["venue"]

    def listed(self, norms: list[int], start: int, end: int) -> bool:
        """Whether only list signs and list words stand between two names."""
        between = norms[start:end]
        return 0 < len(between) <= 3 and all(norm in self.list_signs for norm in between)
