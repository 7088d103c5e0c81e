"""A `datapackage.json` of files, as Data Package version 1 (specs.frictionlessdata.io) has it."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any, Final

from reports.files.tables import AREAS, Download, Field

# Of the areas only: whoever releases figures says under which licence, the program does not.
_AREA_LICENCE: Final = {
    "name": "CC-BY-4.0",
    "title": "Creative Commons Naamsvermelding 4.0",
    "path": "https://creativecommons.org/licenses/by/4.0/",
}
_AREA_SOURCES: Final = [
    {"title": "CBS en Kadaster: gemeenten, provincies, COROP-regio's en inwoners"},
    {"title": "GeoNames: ligging"},
]
_DIALECT: Final = {
    "csvddfVersion": 1.2,
    "delimiter": ";",
    "lineTerminator": "\r\n",
    "quoteChar": '"',
    "doubleQuote": True,
    "skipInitialSpace": False,
    "header": True,
}
_CSV_TYPES: Final = {"list": "string", "datetime": "datetime"}
_MEDIA: Final = {
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}


def describe(name: str, title: str, version: str, source: str, files: Iterable[Download]) -> bytes:
    """Describe files.

    Args:
        name: of the package; lower case, digits, hyphens.
        title: for people.
        version: of what it holds.
        source: where it comes from, in a sentence.
        files: what lies beside the description.
    """
    content = {
        "profile": "data-package",
        "name": name,
        "title": title,
        "description": source,
        "version": version,
        "sources": [{"title": source}],
        "resources": [_resource(file) for file in files],
    }
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def _resource(file: Download) -> dict[str, Any]:
    stem = file.name.rsplit(".", 1)[0]
    made: dict[str, Any] = {
        "profile": "tabular-data-resource" if file.format == "csv" else "data-resource",
        "name": stem if file.format == "csv" else f"{stem}-{file.format}",
        "title": file.title,
        "path": file.name,
        "format": file.format,
        "mediatype": _MEDIA[file.format],
        "bytes": file.size,
        "hash": f"sha256:{hashlib.sha256(file.content).hexdigest()}",
    }
    if file.format == "csv":
        made |= {"encoding": "utf-8", "dialect": _DIALECT}
    if file.fields:
        made["schema"] = _schema(file)
    if stem == AREAS:
        made |= {"licenses": [_AREA_LICENCE], "sources": _AREA_SOURCES}
    return made


def _schema(file: Download) -> dict[str, Any]:
    made: dict[str, Any] = {"fields": [_field(field, file.format) for field in file.fields], "missingValues": [""]}
    if file.key:
        made["primaryKey"] = list(file.key)
    own, ending = file.name.rsplit(".", 1)
    suffix = "" if ending == "csv" else f"-{ending}"
    if file.references:
        made["foreignKeys"] = [
            # A table that points at itself does so by an empty name.
            {"fields": column, "reference": {"resource": "" if other == own else f"{other}{suffix}", "fields": target}}
            for column, (other, target) in file.references.items()
        ]
    return made


def _field(field: Field, ending: str) -> dict[str, str]:
    kind = _CSV_TYPES.get(field.kind, field.kind) if ending == "csv" else {"list": "array"}.get(field.kind, field.kind)
    made = {"name": field.name, "type": kind}
    if ending == "csv" and kind == "number":
        made["decimalChar"] = ","
    if field.comment:
        made["description"] = field.comment
    return made
