"""The journal's tables, and the decisions that are fixed when the file is made (decision D-004).

page_size 1024: a commit of readings dirties fewer bytes than with 4096 (limits.md §2d: 248 against 450 B a reading).
auto_vacuum INCREMENTAL: deleted blocks give their pages back without a rewrite of the file.
WAL + synchronous FULL: an acknowledged commit survives a power cut (rigs.md: 0 lost; NORMAL lost hundreds).
Integer keys only. Every block and row carries a CRC-32 of its body, checked when read.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from agent.model.faults import sentence

VERSION: Final = 1
APPLICATION_ID: Final = 0x43415245
"""'CARE': tells a journal from any other SQLite file."""

_TABLES: Final = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE boot (id INTEGER PRIMARY KEY, boot_id TEXT NOT NULL, since INTEGER NOT NULL, mono INTEGER NOT NULL);
-- pos: place in the order of all causes, over all kinds
CREATE TABLE block (pos INTEGER PRIMARY KEY, seq INTEGER NOT NULL, n INTEGER NOT NULL, t0 INTEGER NOT NULL,
                    t1 INTEGER NOT NULL, boot INTEGER NOT NULL, crc INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE cause (pos INTEGER PRIMARY KEY, t INTEGER NOT NULL, boot INTEGER NOT NULL, crc INTEGER NOT NULL,
                    body BLOB NOT NULL);
CREATE TABLE offset (pos INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE row (stream INTEGER NOT NULL, seq INTEGER NOT NULL, t INTEGER NOT NULL, boot INTEGER NOT NULL,
                  crc INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (stream, seq)) WITHOUT ROWID;
CREATE TABLE identity (id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE);
CREATE TABLE native (identity INTEGER NOT NULL, number INTEGER NOT NULL, crc INTEGER NOT NULL,
                     PRIMARY KEY (identity, number)) WITHOUT ROWID;
CREATE TABLE cursor (sink INTEGER NOT NULL, stream INTEGER NOT NULL, seq INTEGER NOT NULL,
                     PRIMARY KEY (sink, stream)) WITHOUT ROWID;
CREATE TABLE settings (id INTEGER PRIMARY KEY, revision TEXT NOT NULL UNIQUE, body BLOB NOT NULL);
CREATE TABLE snapshot (pos INTEGER PRIMARY KEY, t INTEGER NOT NULL, revision TEXT NOT NULL, alarm_seq INTEGER NOT NULL,
                       crc INTEGER NOT NULL, body BLOB NOT NULL);
"""

SINKS: Final = {"mqtt": 1, "influx": 2}


class JournalError(OSError):
    """The journal cannot be used as it is: the message says why and what to do.

    `code` is that of the catalogue; `damaged`: the file is none of ours any more and may be set aside.
    """

    def __init__(self, message: str, code: str = "CT501", *, damaged: bool = False) -> None:
        super().__init__(message)
        self.code, self.damaged = code, damaged


def journal_error(path: str, error: sqlite3.Error) -> JournalError:
    """Say what an error of SQLite means for a journal."""
    words = str(error)
    if "readonly" in words or "attempt to write" in words:
        return JournalError(sentence("CT502", path=path, detail=words), "CT502")
    if "full" in words:
        return JournalError(sentence("CT501", path=path), "CT501")
    if isinstance(error, sqlite3.DatabaseError) and ("malformed" in words or "not a database" in words):
        return JournalError(sentence("CT503", path=path, detail=words), "CT503", damaged=True)
    return JournalError(f"journal {path}: {words}; check that its folder exists and is writable", "CT502")


def set_aside(path: Path) -> Path:
    """Rename a damaged journal with what belongs to it, so that a fresh one can be made; give its new name."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    for tail in ("", "-wal", "-shm"):
        part = Path(f"{path}{tail}")
        if part.exists():
            part.rename(f"{aside}{tail}")
    return aside


def connect(path: str, *, writer: bool) -> sqlite3.Connection:
    """Open the journal; a writer makes the file when it is not there. Raise `JournalError` with the reason."""
    try:
        connection = sqlite3.connect(path, isolation_level=None, timeout=5, check_same_thread=False)
        if writer:
            _prepare(connection, path)
        else:
            connection.execute("PRAGMA query_only = ON")
    except sqlite3.Error as error:
        raise journal_error(path, error) from error
    return connection


def _prepare(connection: sqlite3.Connection, path: str) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise JournalError(sentence("CT504", path=path, found=str(version), ours=str(VERSION)), "CT504")
    if version == 0:
        connection.execute("PRAGMA page_size = 1024")
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA wal_autocheckpoint = 2000")
    connection.execute("PRAGMA journal_size_limit = 4194304")
    if version == 0:
        connection.executescript(f"BEGIN; {_TABLES} COMMIT;")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
