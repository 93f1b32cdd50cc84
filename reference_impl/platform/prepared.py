"""Statements made once: the same text on both engines, and on SQLite the short way to the driver.

Compiling, caching and wrapping a statement costs SQLAlchemy several times what SQLite needs to run
it. A prepared statement is compiled at its first use per set of parameters; after that its text and
values go to the driver at once, with the conversions of its column types. On every other engine it
is an ordinary statement.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Executable
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError, MultipleResultsFound, NoResultFound

Converter = Callable[[Any], Any]


class Prepared(Executable):
    """A statement without parts that change from call to call; values come as parameters.

    Executed like any other: `rows.execute(prepared, {...})`. Its result has the methods of this
    module's `Found`. Raises ValueError at the first use of a statement that cannot be prepared
    (column defaults computed in Python, lists of variable length).
    """

    def __init__(self, statement: Any) -> None:
        self.statement = statement
        self._plans: dict[tuple[str, ...], _Plan] = {}

    def _execute_on_connection(
        self, connection: Connection, distilled_params: Any, execution_options: Any
    ) -> Any:
        """Run; SQLAlchemy hands every statement its execution in this way."""
        if connection.dialect.name != "sqlite":
            run = self.statement._execute_on_connection  # noqa: SLF001 - as the caller does
            return run(connection, distilled_params, execution_options)
        names = tuple(distilled_params[0]) if distilled_params else ()
        plan = self._plans.get(names)
        if plan is None:
            plan = self._plans[names] = _Plan(self.statement, connection.dialect, names)
        return plan.run(connection, distilled_params)


class Found:
    """Rows of a result, all read; `rowcount` is the number of rows a change touched."""

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: list[Any], rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def all(self) -> list[Any]:
        """Return every row."""
        return self._rows

    def first(self) -> Any:
        """Return the first row, None without one."""
        return self._rows[0] if self._rows else None

    def one_or_none(self) -> Any:
        """Return the only row, None without one; raise MultipleResultsFound."""
        if len(self._rows) > 1:
            raise MultipleResultsFound
        return self.first()

    def one(self) -> Any:
        """Return the only row; raise NoResultFound, MultipleResultsFound."""
        if not self._rows:
            raise NoResultFound
        return self.one_or_none()

    def scalar(self) -> Any:
        """Return the first column of the first row, None without one."""
        return self._rows[0][0] if self._rows else None

    def scalar_one(self) -> Any:
        """Return the first column of the only row."""
        return self.one()[0]

    def scalar_one_or_none(self) -> Any:
        """Return the first column of the only row, None without one."""
        row = self.one_or_none()
        return None if row is None else row[0]

    def scalars(self) -> Found:
        """Return the first column of every row."""
        return Found([row[0] for row in self._rows], self.rowcount)

    def mappings(self) -> Found:
        """Return every row by column name."""
        return Found([row._asdict() for row in self._rows], self.rowcount)


def all_of(result: Any) -> Found:
    """Read a result to its end, so that it outlives its connection."""
    if isinstance(result, Found):
        return result
    return Found(list(result.all()) if result.returns_rows else [], result.rowcount)


class _Plan:
    """The text of a statement for one set of parameter names, and what to do with its values."""

    def __init__(self, statement: Any, dialect: Dialect, names: tuple[str, ...]) -> None:
        made = statement.compile(dialect=dialect, column_keys=list(names) or None)
        prefetched = [*getattr(made, "insert_prefetch", ()), *getattr(made, "update_prefetch", ())]
        if prefetched or made.post_compile_params or made.literal_execute_params:
            raise ValueError(f"cannot be prepared: {made}")
        self._text = made.string
        # No driver event looks at these statements, so the driver's own error is enough to wrap.
        self._fault = dialect.loaded_dbapi.Error
        binds: Mapping[str, Converter] = made._bind_processors  # noqa: SLF001 - no public name
        fixed = {name: value for name, value in made.params.items() if name not in names}
        self._slots: list[tuple[str, Converter | None]] = [
            (name, binds.get(name)) for name in made.positiontup or ()
        ]
        self._fixed = fixed if any(name in fixed for name, _ in self._slots) else {}
        self._plain = all(convert is None for _, convert in self._slots)
        self._names = [name for name, _ in self._slots]
        columns: Sequence[Any] = made._result_columns  # noqa: SLF001 - no public name
        self._row: Any = namedtuple("Row", [c.keyname for c in columns]) if columns else None  # noqa: PYI024 - names are known here only
        converters = [c.type.dialect_impl(dialect).result_processor(dialect, None) for c in columns]
        self._converters = converters if any(converters) else None

    def run(self, connection: Connection, parameters: Sequence[Mapping[str, Any]]) -> Found:
        driver = connection.connection.dbapi_connection
        if driver is None:
            raise ValueError("the connection is closed")
        try:
            if len(parameters) > 1:
                cursor: Any = driver.cursor()
                cursor.executemany(self._text, [self._values(one) for one in parameters])
            else:
                cursor = driver.cursor()
                cursor.execute(self._text, self._values(parameters[0] if parameters else {}))
            if self._row is None:
                return Found([], cursor.rowcount)
            return Found(self._read(cursor.fetchall()), -1)
        except self._fault as error:
            wrapped = DBAPIError.instance(
                self._text, None, error, self._fault, hide_parameters=True,
                dialect=connection.dialect,
            )  # fmt: skip
            raise wrapped from error

    def _values(self, given: Mapping[str, Any]) -> list[Any]:
        known = {**self._fixed, **given} if self._fixed else given
        if self._plain:
            return [known[name] for name in self._names]
        return [
            known[name] if convert is None else convert(known[name])
            for name, convert in self._slots
        ]

    def _read(self, raw: list[Any]) -> list[Any]:
        if self._row is None:
            return []
        make: Any = getattr(self._row, "_make")  # noqa: B009 - the type of a row made here knows no names
        if self._converters is None:
            return [make(row) for row in raw]
        return [
            make(
                value if convert is None else convert(value)
                for value, convert in zip(row, self._converters, strict=True)
            )
            for row in raw
        ]
