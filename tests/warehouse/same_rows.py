"""Every row of a warehouse, written so that two jobs with the same content are equal."""

import json

Rows = dict[str, list[str]]

# Months are looked at through their table.
TABLES = """
SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname IN ('core', 'est', 'release') AND c.relkind IN ('r', 'p') AND NOT c.relispartition
"""


def named(tables: dict[str, list[dict[str, object]]]) -> Rows:
    """Write rows with what a running number stands for, which two jobs have in common, in its place."""
    listing = {
        row["listing_id"]: f"{row['epoch_code']} {row['source_code']} {row['listing_key']}"
        for row in tables["core.listing"]
    }
    identity = {row["identity_id"]: f"{row['epoch_code']} {row['record_number']}" for row in tables["core.identity"]}
    stands_for = {
        "listing_id": listing, "first_id": listing, "second_id": listing, "identity_id": identity, "former_id": identity,
    }  # fmt: skip

    def text(row: dict[str, object]) -> str:
        names = {column: stands_for[column][value] for column, value in row.items() if column in stands_for}
        if "second_id" in names:  # a pair in the order of its numbers
            names["first_id"], names["second_id"] = sorted((names["first_id"], names["second_id"]))
        return json.dumps(row | names, sort_keys=True)

    return {name: sorted(map(text, rows)) for name, rows in tables.items()}
