"""Full-text search over words that were cut beforehand: FTS5 on SQLite, ``tsvector`` on PostgreSQL.

Neither database cuts Chinese by itself, so the words come from outside, separated by spaces. Both indexes
are fed the same tokens (``search_tokens``), with their positions, so that a phrase is found as a phrase and
the two answer alike. What a user types never reaches a query language: each token is quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.sql.elements import ColumnElement

from service.database.schema import transcript

_SEPARATOR = re.compile(r"[^\w ]|_")
_MAX_TOKEN_CHARS = 100

_SQLITE_TABLE = (
    "CREATE VIRTUAL TABLE transcript_search USING fts5("
    'words, tenant UNINDEXED, tokenize = "unicode61 remove_diacritics 0")'
)
_POSTGRES_TABLE = (
    "CREATE TABLE transcript_search (seq BIGINT PRIMARY KEY REFERENCES transcript (seq) ON DELETE CASCADE,"
    " tenant VARCHAR(64) NOT NULL, words TSVECTOR NOT NULL)"
)
_POSTGRES_INDEX = "CREATE INDEX ix_transcript_search_words ON transcript_search USING gin (words)"

SEARCH_TABLE_STATEMENTS = {"sqlite": (_SQLITE_TABLE,), "postgresql": (_POSTGRES_TABLE, _POSTGRES_INDEX)}
"""What the first migration runs to make the index, by database."""


def search_tokens(words: str) -> list[str]:
    """Letters and digits of ``words``, lower case, cut at everything else; at most 100 characters each."""
    tokens = _SEPARATOR.sub(" ", words.lower()).split()
    if max(map(len, tokens), default=0) <= _MAX_TOKEN_CHARS:
        return tokens
    return [token[:_MAX_TOKEN_CHARS] for token in tokens]


def index_words(connection: Connection, tenant: str, entries: Iterable[tuple[int, str]]) -> None:
    """Add ``(seq, words)`` of transcripts that have no entry yet."""
    if connection.dialect.name == "sqlite":
        statement = "INSERT INTO transcript_search (rowid, words, tenant) VALUES (?, ?, ?)"
        rows = [(seq, " ".join(search_tokens(words)), tenant) for seq, words in entries]
    else:
        statement = "INSERT INTO transcript_search (seq, words, tenant) VALUES (%s, %s::tsvector, %s)"
        rows = [(seq, _vector(search_tokens(words)), tenant) for seq, words in entries]
    if rows:
        connection.exec_driver_sql(statement, rows)


def remove_words(connection: Connection, seqs: Sequence[int]) -> None:
    """Take transcripts out of the index, by their row numbers."""
    column = "rowid" if connection.dialect.name == "sqlite" else "seq"
    statement = text(f"DELETE FROM transcript_search WHERE {column} = :seq")
    if seqs:
        connection.execute(statement, [{"seq": seq} for seq in seqs])


def matches_words(dialect: str, phrases: Sequence[str]) -> ColumnElement[bool] | None:
    """The condition that a transcript holds every phrase; ``None`` when there is nothing to search for.

    Words without any letter or digit search for nothing.
    """
    cut = [tokens for phrase in phrases if (tokens := search_tokens(phrase))]
    if not cut:
        return None
    if dialect == "sqlite":
        query = " AND ".join(f'"{" ".join(tokens)}"' for tokens in cut)
        found = text("SELECT rowid FROM transcript_search WHERE transcript_search MATCH :words")
    else:
        query = " & ".join("(" + " <-> ".join(_quoted(token) for token in tokens) + ")" for tokens in cut)
        found = text("SELECT seq FROM transcript_search WHERE words @@ CAST(:words AS tsquery)")
    chosen = found.bindparams(bindparam("words", query)).columns(transcript.c.seq)
    return transcript.c.seq.in_(chosen.scalar_subquery())


def _quoted(token: str) -> str:
    return f"'{token}'"  # a token has letters and digits alone, nothing to escape


def _vector(tokens: Sequence[str]) -> str:
    """The text form of a ``tsvector``, which passes by the parser of PostgreSQL and its locale.

    Tokens hold letters and digits alone, so they need no quotes. PostgreSQL counts places up to 16,383;
    words after that are found, but not as part of a phrase.
    """
    return " ".join(map("{}:{}".format, tokens, range(1, len(tokens) + 1)))
