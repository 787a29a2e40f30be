"""The same read model with pyeventsourcing: the same events, tables and texts, in two SQLite files.

    python -m venv target/pyeventsourcing
    target/pyeventsourcing/bin/pip install eventsourcing==9.5.6
    target/pyeventsourcing/bin/python benches/peers/read-models/pyeventsourcing.py

It prints events per second of the first build and of a catch-up, for 50,000 events and 1,000.
"""

import tempfile
import time
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.application import Application
from eventsourcing.domain import DomainEvent
from eventsourcing.persistence import InfrastructureFactory, Tracking
from eventsourcing.projection import Projection
from eventsourcing.sqlite import SQLiteTrackingRecorder
from eventsourcing.utils import Environment

EVENTS = 50_000
NEWS = 1_000
ITEMS = EVENTS // 10

TABLES = [
    """CREATE TABLE IF NOT EXISTS items (
  number INTEGER PRIMARY KEY, title TEXT NOT NULL, status TEXT NOT NULL, assignee TEXT,
  priority INTEGER NOT NULL, risk TEXT NOT NULL, version INTEGER NOT NULL, position INTEGER NOT NULL
) STRICT""",
    "CREATE INDEX IF NOT EXISTS items_by_status ON items (status, priority)",
    "CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (title, text)",
]
UPSERT = """INSERT INTO items VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    ON CONFLICT DO UPDATE SET title = ?2, status = ?3, assignee = ?4, priority = ?5, risk = ?6,
    version = ?7, position = ?8"""


class Changed(DomainEvent):
    number: int
    change: dict[str, Any]


def example(number: int, n: int) -> dict[str, Any]:
    """The change number `n` of an item: the same as in items.rs."""
    status = ["open", "active", "review", "done"][n % 4]
    if (number + n) % 4:
        return {"kind": "Moved", "status": status}

    def words(count: int) -> str:
        return " ".join(f"word{(number * 31 + k * k + n) % 5_000}" for k in range(count))

    return {
        "kind": "Described",
        "title": words(6),
        "text": words(40),
        "status": status,
        "assignee": f"person-{number % 17}" if number % 3 else None,
        "priority": number % 5,
        "risk": ["low", "medium", "high"][number % 3],
    }


class Items(Application[UUID]):
    name = "items"


class View(SQLiteTrackingRecorder):
    def construct_create_table_statements(self) -> list[str]:
        return [*super().construct_create_table_statements(), *TABLES]

    def take(self, event: Changed, tracking: Tracking) -> None:
        change = event.change
        position = tracking.notification_id
        with self.datastore.transaction(commit=True) as c:
            self._insert_tracking(c, tracking)
            if change["kind"] == "Moved":
                c.execute(
                    "UPDATE items SET status = ?2, version = ?3, position = ?4 WHERE number = ?1",
                    (event.number, change["status"], event.originator_version, position),
                )
                return
            row = [change[name] for name in ("title", "status", "assignee", "priority", "risk")]
            c.execute(UPSERT, (event.number, *row, event.originator_version, position))
            c.execute("DELETE FROM words WHERE rowid = ?1", (event.number,))
            c.execute(
                "INSERT INTO words (rowid, title, text) VALUES (?1, ?2, ?3)",
                (event.number, change["title"], change["text"]),
            )


class Rows(Projection[View]):
    name = "rows"
    topics: Sequence[str] = ()

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        self.view.take(domain_event, tracking)


def fill(app: Items, begin: int, events: int) -> None:
    """Appends two events at a time, to one item after the other."""
    for append in range(begin // 2, (begin + events) // 2):
        number, turn = append % ITEMS, append // ITEMS
        app.events.put(
            [
                Changed(
                    originator_id=uuid5(NAMESPACE_URL, f"item-{number}"),
                    originator_version=n + 1,
                    timestamp=datetime.now(timezone.utc),
                    number=number,
                    change=example(number, n),
                )
                for n in (2 * turn, 2 * turn + 1)
            ]
        )


def catch_up(env: dict[str, str]) -> float:
    """Its runner of projections cannot subscribe to SQLite, so this reads the notification log."""
    app = Items(env)
    factory = InfrastructureFactory[View].construct(env=Environment("rows", env))
    rows = Rows(view=factory.tracking_recorder(View))
    # As our read models; its default is FULL.
    with rows.view.datastore.get_connection(commit=True) as connection:
        connection.cursor().execute("PRAGMA synchronous = NORMAL")
    began = time.monotonic()
    while True:
        last = rows.view.max_tracking_id(app.name) or 0
        page = app.notification_log.select(start=last + 1, limit=app.notification_log.section_size)
        if not page:
            return time.monotonic() - began
        for notification in page:
            event = app.mapper.to_domain_event(notification)
            rows.process_event(event, Tracking(app.name, notification.id))


def main() -> None:
    with tempfile.TemporaryDirectory(dir="target") as folder:
        env = {
            "PERSISTENCE_MODULE": "eventsourcing.sqlite",
            "ITEMS_SQLITE_DBNAME": str(Path(folder) / "log.db"),
            "ROWS_SQLITE_DBNAME": str(Path(folder) / "rows.db"),
        }
        app = Items(env)
        fill(app, 0, EVENTS)
        print(f"first build {EVENTS / catch_up(env):>9.0f} events/s")
        fill(app, EVENTS, NEWS)
        print(f"catch-up    {NEWS / catch_up(env):>9.0f} events/s")


if __name__ == "__main__":
    main()
