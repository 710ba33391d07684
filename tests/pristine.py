"""Puts the database back as the migrations left it, after a test that really committed.

Django's own way is to truncate every table, to make content types and permissions anew, and to leave what migrations wrote to somebody
else: half a second a test. Here a table is written only if it differs from what was remembered.
"""

from typing import Any

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import TransactionTestCase

Contents = Any  # what COPY writes, or rows

_remembered: dict[str, Contents] = {}


def remember() -> None:
    """Call it once, when the tables are there."""
    with connection.cursor() as cursor:
        _remembered.update({table: contents(cursor, table) for table in tables(connection)})
    TransactionTestCase._fixture_teardown = restore


def restore(case: TransactionTestCase) -> None:
    """The main database's; another is emptied before each test."""
    with transaction.atomic(), connection.cursor() as cursor:
        lock(cursor)
        for table, before in _remembered.items():
            if contents(cursor, table) != before:
                cursor.execute(f"DELETE FROM {quoted(table)}")
                fill(cursor, table, before)


def send_others_away() -> None:
    """Threads and processes of the last tests may still be connected, and nobody drops a database under somebody."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


def tables(database: BaseDatabaseWrapper) -> list[str]:
    return database.introspection.django_table_names(only_existing=True, include_views=False)


def quoted(table: str) -> str:
    return connection.ops.quote_name(table)


def lock(cursor: Any) -> None:
    """Waits for whoever still writes, as TRUNCATE does. On SQLite the transaction itself is the lock."""
    if connection.vendor == "postgresql":
        cursor.execute(f"LOCK TABLE {', '.join(map(quoted, _remembered))} IN ACCESS EXCLUSIVE MODE")


def contents(cursor: Any, table: str) -> Contents:
    if connection.vendor != "postgresql":
        return cursor.execute(f"SELECT * FROM {quoted(table)}").fetchall()
    with cursor.copy(f"COPY {quoted(table)} TO STDOUT") as copy:
        return b"".join(copy)


def fill(cursor: Any, table: str, before: Contents) -> None:
    if not before:
        return
    if connection.vendor != "postgresql":
        cursor.executemany(f"INSERT INTO {quoted(table)} VALUES ({', '.join(['%s'] * len(before[0]))})", before)
        return
    with cursor.copy(f"COPY {quoted(table)} FROM STDIN") as copy:
        copy.write(before)
