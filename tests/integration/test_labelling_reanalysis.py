"""Stored transcripts analysed again by other models: the analysts' labels win over these too."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
from stored_records import MORNING, TENANT, found_ids, make_record, store

from models.taxonomy.taxonomy import Taxonomy
from service.database import labels, transcript_queries
from service.database.engine import Database
from service.database.records import (
    AnalysisReplacement,
    AnalysisRow,
    CategoryRow,
    StoredTranscript,
    TranscriptRecord,
)
from service.labelling.corrections import Applied, apply_corrections, read_correction
from service.labelling.relabelling import replace_analyses

TAXONOMY = Taxonomy.parse(
    {
        "name": "t",
        "categories": [
            {"id": "repair", "zh": "维修质量", "en": "R"},
            {"id": "price", "zh": "价格", "en": "P"},
            {"id": "manners", "zh": "态度", "en": "M"},
        ],
    }
)
NAMES = {"repair": "维修质量", "price": "价格", "manners": "态度"}


def analysed(model: str, sentiment: str, category: str, *, ends: int = 6) -> AnalysisRow:
    """What the version ``model`` says of a text of one clause."""
    polarity = {"negative": -0.8, "neutral": 0.0, "positive": 0.8}[sentiment]
    tone = {"label": sentiment, "score": 0.9, "polarity": polarity, "intensity": 0.7, "spans": [[0, ends]]}
    clause = {"start": 0, "end": ends, "speaker": "customer", "sentiment": sentiment, "score": 0.9}
    body = {
        "sentiment": tone,
        "categories": [
            {"id": category, "path": [NAMES[category]], "score": 0.8, "source": "model", "spans": [[0, ends]]}
        ],
        "clauses": [{**clause, "polarity": polarity, "category": category}],
    }
    return AnalysisRow(sentiment, 0.9, polarity, 0.7, orjson.dumps(body), {"sentiment": model}, MORNING)


def row_of(category: str) -> tuple[CategoryRow, ...]:
    return (CategoryRow(category, (NAMES[category],), 0.8, "model"),)


def stored_as(database: Database, words: str, sentiment: str, category: str) -> str:
    record = make_record(words)
    first = analysed("s1", sentiment, category)
    known = TranscriptRecord(record.row, first, row_of(category), record.search_words)
    (outcome,) = store(database, known)
    return outcome[1]


def say(database: Database, transcript_id: str, minutes: int = 0, **body: Any) -> None:
    correction = read_correction({"transcript_id": transcript_id, **body}, TAXONOMY)
    with database.begin() as connection:
        now = MORNING + timedelta(minutes=minutes)
        (done,) = apply_corrections(connection, TENANT, [correction], TAXONOMY, now)
    assert isinstance(done, Applied), done


def analyse_again(database: Database, ids: list[str], sentiment: str, category: str) -> list[str]:
    fresh = [
        AnalysisReplacement(id_, analysed("s2", sentiment, category), row_of(category), "新词") for id_ in ids
    ]
    with database.begin() as connection:
        return replace_analyses(connection, TENANT, fresh, TAXONOMY)


def read(database: Database, transcript_id: str) -> tuple[StoredTranscript, dict[str, Any]]:
    with database.read() as connection:
        found = transcript_queries.get(connection, TENANT, transcript_id)
    return found, orjson.loads(found.analysis.body)


def test_labels_of_the_whole_stay_on_top_of_a_new_analysis(database: Database) -> None:
    labelled = stored_as(database, "空调 还没修好", "positive", "price")
    plain = stored_as(database, "座椅 还没修好", "positive", "price")
    say(database, labelled, task="sentiment", label="negative")
    say(database, labelled, task="category", label="维修质量")
    gone = "0" * 32
    assert analyse_again(database, [labelled, plain, gone], "neutral", "manners") == sorted([labelled, plain])
    kept, body = read(database, labelled)
    assert (kept.analysis.sentiment, body["sentiment"]["source"]) == ("negative", "analyst")
    assert [(c.category_id, c.source) for c in kept.categories] == [("repair", "analyst")]
    assert kept.analysis.models == {"sentiment": "s2"}
    assert body["machine"]["sentiment"]["label"] == "neutral"
    fresh, body = read(database, plain)
    assert (fresh.analysis.sentiment, "machine" in body) == ("neutral", False)
    assert [(c.category_id, c.source) for c in fresh.categories] == [("manners", "model")]
    assert found_ids(database, sentiment="negative") == [labelled]
    assert found_ids(database, category_id="manners") == [plain]
    assert sorted(found_ids(database, words=("新词",))) == sorted([labelled, plain])


def test_a_label_taken_back_shows_what_the_new_models_say(database: Database) -> None:
    id_ = stored_as(database, "空调 还没修好", "positive", "price")
    say(database, id_, task="sentiment", label="negative")
    say(database, id_, task="category", label="维修质量")
    analyse_again(database, [id_], "neutral", "manners")
    say(database, id_, 1, task="sentiment", label=None)
    say(database, id_, 1, task="category", label=None)
    found, body = read(database, id_)
    assert found.analysis.sentiment == "neutral"
    assert [(c.category_id, c.source) for c in found.categories] == [("manners", "model")]
    assert "machine" not in body


def test_a_label_of_a_clause_corrects_the_new_clause_at_its_place(database: Database) -> None:
    id_ = stored_as(database, "空调 还没修好", "positive", "price")
    say(database, id_, task="sentiment", label="negative", span=[0, 4])
    say(database, id_, task="category", label="维修质量", span=[0, 4])
    analyse_again(database, [id_], "neutral", "manners")
    found, body = read(database, id_)
    (clause,) = body["clauses"]
    assert (clause["sentiment"], clause["category"], clause["source"]) == ("negative", "repair", "analyst")
    assert {(c.category_id, c.source) for c in found.categories} == {
        ("repair", "analyst"),
        ("manners", "model"),
    }
    with database.read() as connection:
        assert len(labels.labels_of(connection, TENANT, [id_])) == 2, "the history stays as it was"
