"""`manage.py copy_database`: from the embedded SQLite to the PostgreSQL of the settings, all of it or nothing.

Both sides are counted and summed up before the copy counts. Files of photos are not touched: they stay where they are.
"""

import hashlib
import json
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.core.management.color import no_style
from django.db import connection, connections, models, transaction
from tqdm import tqdm

SOURCE = "embedded"
BATCH = 1000  # rows in memory at once
MADE_BY_MIGRATIONS = (Permission, ContentType)  # in both databases; the old ones count, for others refer to them
Model = type[models.Model]


class Command(BaseCommand):
    help = "Copy every row from SQLite to the PostgreSQL of POSEWEB_DATABASE_URL. Stop web and workers first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        file = settings.SQLITE["NAME"]
        parser.add_argument("--source", type=Path, default=file, help=f"the SQLite database; by default {file}")

    def handle(self, *_: Any, source: Path, **__: Any) -> None:
        if connection.vendor != "postgresql":
            raise CommandError("The copy goes to PostgreSQL: say where with POSEWEB_DATABASE_URL=postgresql://…")
        if not source.is_file():
            raise CommandError(f"There is no database {source}; say which with --source FILE.")
        _open(source)
        try:
            call_command("migrate", database=SOURCE, verbosity=0)
            call_command("migrate", verbosity=0)
            rows = self._copy()
        finally:
            connections[SOURCE].close()
        self.stdout.write(self.style.SUCCESS(f"{rows} rows copied and verified. Files of photos stay where they are."))

    def _copy(self) -> int:
        tables = apps.get_models(include_auto_created=True)
        with transaction.atomic(using=SOURCE), transaction.atomic():  # nobody writes to the source meanwhile
            _check_empty(tables)
            for model in MADE_BY_MIGRATIONS:
                model.objects.all().delete()
            counts = [_copy_table(model) for model in tables]
            if wrong := [model._meta.db_table for model in tables if _sum(model, SOURCE) != _sum(model, "default")]:
                raise CommandError(f"Nothing was copied: {', '.join(wrong)} came out differently.")
            _set_sequences(tables)
        return sum(counts)


def _open(source: Path) -> None:
    """Make the source a database of Django's, with whatever else Django sets for one."""
    connections.settings[SOURCE] = {**connections.settings["default"], **settings.SQLITE, "NAME": source}


def _check_empty(tables: list[Model]) -> None:
    full = [m._meta.db_table for m in tables if m not in MADE_BY_MIGRATIONS and m._base_manager.exists()]
    if full:
        raise CommandError(
            f"The database in POSEWEB_DATABASE_URL is in use: it has rows in {', '.join(full)}. "
            "The copy needs an empty one: createdb another, and name that."
        )


def _copy_table(model: Model) -> int:
    """Constraints are checked at the end of the transaction, so the order of the tables does not matter."""
    rows = model._base_manager.using(SOURCE).order_by("pk")
    total, coming = rows.count(), rows.iterator(BATCH)
    with tqdm(total=total, desc=model._meta.db_table, unit="row", disable=None) as bar:
        while batch := list(islice(coming, BATCH)):
            model._base_manager.using("default").bulk_create(batch)
            bar.update(len(batch))
    return total


def _sum(model: Model, database: str) -> tuple[int, int]:
    """How many rows, and a checksum over all that does not depend on their order: databases sort text differently."""
    count = total = 0
    for row in _rows(model, database):
        text = json.dumps(row, sort_keys=True, default=str)
        total += int.from_bytes(hashlib.sha256(text.encode()).digest())
        count += 1
    return count, total % 2**256


def _rows(model: Model, database: str) -> Iterator[list[Any]]:
    columns = [field.attname for field in model._meta.concrete_fields]
    for row in model._base_manager.using(database).values_list(*columns).iterator(BATCH):
        yield [_plain(value) for value in row]


def _plain(value: Any) -> Any:
    """What both databases agree on: PostgreSQL's JSON knows no negative zero."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float):
        return value + 0.0
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return {key: _plain(each) for key, each in value.items()} if isinstance(value, dict) else value


def _set_sequences(tables: list[Model]) -> None:
    """The next row gets a number after those that were copied."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), tables):
            cursor.execute(statement)
