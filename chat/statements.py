"""Statements that run for every group of messages: built once, and sent together.

Building a statement costs more than the database takes to answer it, whether the ORM puts it together or the driver takes it apart. So a
`Prepared` queryset is compiled once, and PostgreSQL plans it once a connection, gets any number of ids or rows as one parameter, and
several statements in one round trip, the transaction's own words among them. SQLite, which has no trips, gets them one by one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from functools import cache
from itertools import count
from typing import Any, NamedTuple
from uuid import UUID
from weakref import WeakKeyDictionary

import orjson
from django.db import Error, connection, models, transaction


def is_postgres() -> bool:
    return connection.vendor == "postgresql"


@contextmanager
def one_transaction() -> Iterator[bool]:
    """True where it costs no trips of its own: then `ask` has to begin it, and `write` to commit it."""
    if connection.in_atomic_block or not is_postgres():
        with transaction.atomic():
            yield False
        return
    try:
        yield True
    except BaseException:
        with suppress(Error):
            connection.rollback()
        raise


class Compiled(NamedTuple):
    """`place` is where the ids stand among the parameters; `converters` make Python's types of the columns that need it."""

    compiler: Any
    converters: Any
    sql: str
    parameters: tuple[Any, ...]
    place: int


class Prepared:
    """`build` makes a queryset of `values_list` that asks for a list of ids, and for no other list."""

    def __init__(self, build: "Callable[[list[UUID]], models.QuerySet[Any, Any]]") -> None:
        self.build = build
        self.compiled = cache(self.compile)
        self.for_postgres = cache(self.compile_for_postgres)

    def compile(self, vendor: str) -> Compiled:
        mark = UUID(int=1)
        compiler = self.build([mark]).query.get_compiler(connection=connection)
        with transaction.atomic() if is_postgres() else nullcontext():  # outside of one no lock can be written down; nothing is sent
            sql, parameters = compiler.as_sql()
        converters = compiler.get_converters([column for column, *_ in compiler.select])
        return Compiled(compiler, converters, sql, tuple(parameters), parameters.index(adapted(mark)))

    def compile_for_postgres(self) -> str:
        """The ids are the one parameter that is left."""
        _, _, sql, parameters, place = self.compiled(connection.vendor)
        others = [*parameters[:place], *parameters[place + 1 :]]
        with connection.cursor() as cursor:
            return str(cursor.mogrify(sql.replace(IN_ONE, "= ANY($1)"), others))

    def statement(self, ids: Sequence[UUID]) -> "Statement":
        if is_postgres():
            return planned(self.for_postgres(), "uuid[]", [f"{{{','.join(map(str, ids))}}}"])
        _, _, sql, parameters, place = self.compiled(connection.vendor)
        return sql.replace(IN_ONE, f"IN ({marks(len(ids))})"), [*parameters[:place], *map(adapted, ids), *parameters[place + 1 :]]

    def understand(self, rows: list[Any]) -> list[Any]:
        """What the database answered, as Python's types."""
        compiler, converters, *_ = self.compiled(connection.vendor)
        return list(compiler.apply_converters(rows, converters)) if converters else rows


IN_ONE = "IN (%s)"
Statement = tuple[str, list[Any]]
BEGIN: Statement = ("BEGIN", [])
COMMIT: Statement = ("COMMIT", [])

_numbers = count(1)
_names: "WeakKeyDictionary[Any, dict[str, str]]" = WeakKeyDictionary()  # of statements, by the connection that knows them


def planned(sql: str, types: str, parameters: Sequence[Any]) -> Statement:
    """`sql` ($1, $2, … of these types) by the name under which PostgreSQL keeps its plan as long as the connection lives."""
    connection.ensure_connection()
    names = _names.setdefault(connection.connection, {})
    if sql not in names:
        name = f"chat_{next(_numbers)}"
        with connection.cursor() as cursor:
            cursor.execute(f"PREPARE {name} ({types}) AS {sql}", None)
        names[sql] = name
    return f"EXECUTE {names[sql]} ({marks(len(parameters))})", list(parameters)


def plan_anew() -> None:
    """After an error: a plan may have become useless, because somebody changed its tables."""
    _names.pop(connection.connection, None)


def ask(*questions: tuple[Prepared, Sequence[UUID]], begin: bool = False) -> list[list[Any]]:
    """The rows of each. They are asked in this order, and each sees what was committed before it was."""
    statements = [prepared.statement(ids) for prepared, ids in questions]
    answer = answers_at_once if is_postgres() else answers_in_turn
    with connection.cursor() as cursor:
        answers = list(answer(cursor, [BEGIN, *statements] if begin else statements))
    return [prepared.understand(rows) for (prepared, _), rows in zip(questions, answers, strict=True)]


def answers_at_once(cursor: Any, statements: "Sequence[Statement]") -> Iterator[list[Any]]:
    execute(cursor, statements)
    more: bool | None = True
    while more:
        if cursor.description is not None:
            yield cursor.fetchall()
        more = cursor.nextset()


def answers_in_turn(cursor: Any, statements: "Sequence[Statement]") -> Iterator[list[Any]]:
    for sql, parameters in statements:
        cursor.execute(sql, parameters)
        yield cursor.fetchall()


def execute(cursor: Any, statements: Sequence[Statement]) -> None:
    """All of them in one trip to PostgreSQL."""
    try:
        cursor.execute(";\n".join(sql for sql, _ in statements), [one for _, parameters in statements for one in parameters])
    except Error:
        plan_anew()
        raise


def marks(number: int) -> str:
    """Where so many parameters go."""
    return ", ".join(["%s"] * number)


def adapted(one: UUID) -> Any:
    """An id as this database keeps it."""
    return one if connection.features.has_native_uuid_field else one.hex


# --- Writing ---


class Insert(NamedTuple):
    """New rows; each has a value for all of the same columns."""

    model: type[models.Model]
    rows: "Sequence[Values]"

    def for_postgres(self) -> Statement:
        table, columns = self.model._meta.db_table, ", ".join(self.rows[0])
        source = f"json_populate_recordset(NULL::{table}, $1)"
        return planned(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {source}", "json", [as_json(self.rows)])  # noqa: S608

    def for_others(self) -> tuple[str, list[str]]:
        columns = list(self.rows[0])
        return f"INSERT INTO {self.model._meta.db_table} ({', '.join(columns)}) VALUES ({marks(len(columns))})", columns  # noqa: S608


class Update(NamedTuple):
    """Columns of rows that are there, overwritten; the first column is the key."""

    model: type[models.Model]
    rows: "Sequence[Values]"

    def for_postgres(self) -> Statement:
        table, (key, *columns) = self.model._meta.db_table, self.rows[0]
        changes = ", ".join(f"{column} = v.{column}" for column in columns)
        source = f"json_populate_recordset(NULL::{table}, $1) AS v"
        sql = f"UPDATE {table} SET {changes} FROM {source} WHERE {table}.{key} = v.{key}"  # noqa: S608
        return planned(sql, "json", [as_json(self.rows)])

    def for_others(self) -> tuple[str, list[str]]:
        key, *columns = self.rows[0]
        changes = ", ".join(f"{column} = %s" for column in columns)
        return f"UPDATE {self.model._meta.db_table} SET {changes} WHERE {key} = %s", [*columns, key]  # noqa: S608


Values = Mapping[str, Any]


def write(changes: Sequence[Insert | Update], *, commit: bool) -> None:
    """Does what is not empty of these."""
    wanted = [change for change in changes if change.rows]
    with connection.cursor() as cursor:
        if is_postgres():
            if statements := [*(change.for_postgres() for change in wanted), *([COMMIT] if commit else [])]:
                execute(cursor, statements)
            return
        for change in wanted:
            sql, columns = change.for_others()
            fields = {field.column: field for field in change.model._meta.concrete_fields}
            rows = [[fields[name].get_db_prep_save(row[name], connection) for name in columns] for row in change.rows]
            cursor.executemany(sql, rows)


def as_json(rows: Sequence[Values]) -> str:
    return orjson.dumps(rows).decode()
