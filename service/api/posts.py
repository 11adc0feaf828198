"""Bodies of posted transcripts to answers: everything between the socket and the database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from data.formats.transcripts import ReadingRules
from models.core.errors import VocError
from service.api.bodies import parse_json
from service.database import transcript_queries
from service.database.engine import Database
from service.ingest.posted import Posted, Stored, read_posted, record_body, store_posted, stored_body
from service.ingest.records import RecordMaker
from service.settings import Settings


def reading_rules(settings: Settings, now: datetime) -> ReadingRules:
    """How posted values become transcripts, as ``settings`` say."""
    return ReadingRules(zone=settings.zone, now=now, max_chars=settings.max_text_chars)


@dataclass(frozen=True, slots=True)
class Post:
    """One JSON document as it came."""

    tenant: str
    body: bytes
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """``body`` is the JSON of the stored transcript with its analysis."""

    created: bool
    id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class PostDesk:
    """Takes posts. ``rules`` is asked for each batch: it knows the time."""

    database: Database
    maker: RecordMaker
    rules: Callable[[], ReadingRules]

    def answers(self, posts: Sequence[Post]) -> list[Answer | Exception]:
        """One answer or error per post, in order; whole transcripts."""
        return [
            result if isinstance(result, Exception) else self._answer(post.tenant, result)
            for post, result in zip(posts, self.stored(posts), strict=True)
        ]

    def stored(self, posts: Sequence[Post]) -> list[Stored | Exception]:
        """What became of each post, in order; a bad one fails no other."""
        rules = self.rules()
        items = [self._read(post, rules) for post in posts]
        good = [item for item in items if isinstance(item, Posted)]
        done = iter(store_posted(self.database, self.maker, good))
        return [next(done) if isinstance(item, Posted) else item for item in items]

    def read(self, tenant: str, transcript_id: str) -> dict[str, Any]:
        """A stored transcript with analysis and tokens. Raises ``NotFoundError``."""
        with self.database.read() as connection:
            stored = transcript_queries.get(connection, tenant, transcript_id)
        return self._with_tokens(stored_body(stored))

    def _read(self, post: Post, rules: ReadingRules) -> Posted | Exception:
        try:
            return read_posted(parse_json(post.body), tenant=post.tenant, rules=rules, key=post.key)
        except VocError as error:
            return error

    def _answer(self, tenant: str, stored: Stored) -> Answer | Exception:
        try:
            if stored.created:
                body = self._with_tokens(record_body(stored.record, stored.id))
            else:
                body = self.read(tenant, stored.id)
            return Answer(stored.created, stored.id, orjson.dumps(body))
        except Exception as error:  # of this one alone
            return error

    def _with_tokens(self, body: dict[str, Any]) -> dict[str, Any]:
        tokens = self.maker.analyzer.tokens(body["text"])
        body["analysis"]["tokens"] = [
            {"text": t.text, "start": t.start, "end": t.end, "pos": t.pos} for t in tokens
        ]
        return body
