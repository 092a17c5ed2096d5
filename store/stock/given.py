"""Rows that a query is given, as one parameter however many they are.

Such a query is built once, when its module is imported, for building costs far more than asking:

    _LOTS = given(product=TEXT, lot=TEXT)
    _UNITS = select(units).select_from(_LOTS.join(units, …))
    connection.execute(_UNITS, rows_given([("VAX", "A101")]))
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from sqlalchemy import BigInteger, Dialect, String, Text, TypeDecorator, bindparam, cast, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.sql.selectable import Subquery
from sqlalchemy.types import TypeEngine

NUMBER: TypeEngine[Any] = BigInteger()
TEXT: TypeEngine[Any] = String()

GivenRow: TypeAlias = Sequence[int | str | None]


def given(**columns: TypeEngine[Any]) -> Subquery:
    """Return a table with these columns, to be joined; its rows come with the execution (`rows_given`)."""
    row = _Rows(bindparam("given", type_=_Given())).table_valued("value").c.value
    each = enumerate(columns.items())
    return select(*(cast(_Value(row, literal_column(str(i))), kind).label(name) for i, (name, kind) in each)).subquery()


def rows_given(rows: Iterable[GivenRow]) -> dict[str, list[GivenRow]]:
    """Return the parameter that gives a query its rows."""
    return {"given": list(rows)}


class _Given(TypeDecorator[Sequence[GivenRow]]):
    """Rows as JSON. PostgreSQL gets an array with a row in each element: so it knows how many they are.

    For the elements of one JSON value it plans as for a hundred rows, and looks through the whole of a table for one.
    """

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type of the parameter."""
        return dialect.type_descriptor(String() if dialect.name == "sqlite" else ARRAY(Text))

    def process_bind_param(self, value: Sequence[GivenRow] | None, dialect: Dialect) -> Any:
        """Return the parameter."""
        rows = value or ()
        return json.dumps(rows) if dialect.name == "sqlite" else [json.dumps(row) for row in rows]


class _Rows(GenericFunction[Any]):
    """The rows given."""

    name = "given_rows"
    inherit_cache = True


class _Value(GenericFunction[Any]):
    """The value at a place of a JSON array."""

    name = "given_value"
    inherit_cache = True


@compiles(_Rows, "sqlite")
def _rows_in_sqlite(element: _Rows, compiler: Any, **more: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **more)})"


@compiles(_Rows, "postgresql")
def _rows_in_postgres(element: _Rows, compiler: Any, **more: Any) -> str:
    return f"(SELECT value FROM unnest({compiler.process(element.clauses, **more)}) AS each (value))"


@compiles(_Value, "sqlite")
def _value_in_sqlite(element: _Value, compiler: Any, **more: Any) -> str:
    row, place = (compiler.process(each, **more) for each in element.clauses)
    return f"json_extract({row}, '$[{place}]')"


@compiles(_Value, "postgresql")
def _value_in_postgres(element: _Value, compiler: Any, **more: Any) -> str:
    row, place = (compiler.process(each, **more) for each in element.clauses)
    return f"CAST({row} AS JSONB) ->> {place}"
