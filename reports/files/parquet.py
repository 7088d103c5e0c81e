"""A table as Parquet: typed columns, each with its comment. The same table always gives the same bytes."""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from reports.files.tables import Field, Kind, Table

# What readers know everywhere: no unsigned or small numbers, no dictionary types.
_TYPES: Final[dict[Kind, Any]] = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us", tz="UTC"),
    "list": pa.list_(pa.string()),
}


def schema(columns: tuple[Field, ...], told: Mapping[str, str]) -> Any:
    """Give the schema of Arrow: the comments as metadata of the columns, `told` as that of the table."""
    made = [pa.field(f.name, _TYPES[f.kind], metadata={"comment": f.comment} if f.comment else None) for f in columns]
    return pa.schema(made, metadata=dict(told))


def write(table: Table, told: Mapping[str, str]) -> bytes:
    """Write a table.

    Args:
        table: rows with their columns.
        told: what to say of the table as a whole, such as its title and source.
    """
    return write_batches(table.fields, [table.rows], told)


def write_batches(
    columns: tuple[Field, ...], batches: Iterable[Sequence[tuple[Any, ...]]], told: Mapping[str, str]
) -> bytes:
    """Write a table that comes in parts, each a row group of the file."""
    shape = schema(columns, told)
    target = io.BytesIO()
    with pq.ParquetWriter(target, shape, compression="zstd") as writer:
        for rows in batches:
            values = zip(*rows, strict=True) if rows else ((),) * len(columns)
            arrays = [pa.array(each, type=column.type) for each, column in zip(values, shape, strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=shape))
    return target.getvalue()
