"""``/v1/analyze`` and ``/v1/segment``: nothing is stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

import orjson
import structlog
from fastapi import APIRouter, Request, Response

from models.analysis.pipeline import Analyzer
from models.core.errors import FieldError, LimitError, TextError, VocError
from service.api.access import Reader
from service.api.bodies import parse_json
from service.api.state import ServiceState, State, in_thread
from service.errors import problem
from service.ingest.posted import each_result

router = APIRouter(prefix="/v1", tags=["analysis"])
_log = structlog.get_logger("voc.analysis")
MAX_EXPLAINED_TEXTS = 100
"""Explaining reads each evidence clause once for every word of it."""
TEXTS_SCHEMA: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "title": "Texts",
                    "type": "object",
                    "required": ["texts"],
                    "properties": {
                        "texts": {
                            "type": "array",
                            "minItems": 1,
                            "items": {"type": "string"},
                            "description": "Each may be a dialogue with speaker marks such as 客户：and 坐席：.",
                        }
                    },
                },
                "example": {"texts": ["空调不制冷，修了三次还没修好"]},
            }
        },
    }
}
EXPLAIN_SCHEMA: dict[str, Any] = {
    "type": "boolean",
    "default": False,
    "description": "Adds `explanation` to each result: words with their weights, rules, keywords, versions. "
    f"At most {MAX_EXPLAINED_TEXTS} texts.",
}
Work = Callable[[Analyzer, Sequence[str]], Sequence[dict[str, Any]]]


def _with_explain(schema: dict[str, Any]) -> dict[str, Any]:
    """The body of ``schema`` with the field ``explain``."""
    found = deepcopy(schema)
    body = found["requestBody"]["content"]["application/json"]["schema"]
    body["properties"]["explain"] = EXPLAIN_SCHEMA
    return found


@router.post("/analyze", openapi_extra=_with_explain(TEXTS_SCHEMA))
async def analyze(request: Request, state: State, caller: Reader) -> Response:
    """Analyse texts; nothing is stored. A text that cannot be used gets a problem body in its place."""
    return await _answer(request, state, _analyze, explained=_explain)


@router.post("/segment", openapi_extra=TEXTS_SCHEMA)
async def segment(request: Request, state: State, caller: Reader) -> Response:
    """Words only, with part of speech and offsets; nothing is stored."""
    return await _answer(request, state, _segment)


async def _answer(
    request: Request, state: ServiceState, work: Work, explained: Work | None = None
) -> Response:
    """``explained`` takes the place of ``work`` where the body asks for it."""
    body = await in_thread(_results, state, await request.body(), work, explained)
    return Response(body, media_type="application/json")


def _results(state: ServiceState, body: bytes, work: Work, explained: Work | None) -> bytes:
    """One result or problem per text, in order."""
    parsed, limit = parse_json(body), state.settings.max_batch_items
    if explained is not None and _is_explained(parsed):
        work, limit = explained, min(limit, MAX_EXPLAINED_TEXTS)
    texts = _texts(parsed, limit)
    errors = [_check_text(text, state) for text in texts]
    good = [text for text, error in zip(texts, errors, strict=True) if error is None]
    analyzer = state.live.served().analyzer  # the same for all texts of this answer
    done = iter(each_result(lambda some: work(analyzer, some), good))
    found = [_shown(next(done) if error is None else error, state) for error in errors]
    return orjson.dumps({"results": found})


def _texts(body: Any, limit: int) -> list[Any]:
    texts = body.get("texts") if isinstance(body, dict) else None
    if not isinstance(texts, list) or not texts:
        raise FieldError(
            field="texts", reason="应是非空的字符串数组", reason_en="a list of texts is expected, not empty"
        )
    if len(texts) > limit:
        raise LimitError(what="一次的文本数", what_en="number of texts", actual=len(texts), limit=limit)
    return texts


def _is_explained(body: Any) -> bool:
    asked = body.get("explain", False) if isinstance(body, dict) else False
    if not isinstance(asked, bool):
        raise FieldError(field="explain", reason="应是 true 或 false", reason_en="true or false is expected")
    return asked


def _check_text(text: Any, state: ServiceState) -> VocError | None:
    if not isinstance(text, str):
        return TextError(reason="应是字符串", reason_en="it is not a string")
    if not text.strip():
        return TextError(reason="内容为空", reason_en="it is empty")
    if len(text) > state.settings.max_text_chars:
        return LimitError(
            what="一条文本的字数",
            what_en="text in characters",
            actual=len(text),
            limit=state.settings.max_text_chars,
        )
    return None


def _analyze(analyzer: Analyzer, texts: Sequence[str]) -> list[dict[str, Any]]:
    return [analysis.to_dict() for analysis in analyzer.analyze_raw(texts)]


def _explain(analyzer: Analyzer, texts: Sequence[str]) -> list[dict[str, Any]]:
    return [{**analysis.to_dict(), "explanation": why} for analysis, why in analyzer.explain_raw(texts)]


def _segment(analyzer: Analyzer, texts: Sequence[str]) -> list[dict[str, Any]]:
    tokens = [analyzer.tokens(text) for text in texts]
    return [
        {"tokens": [{"text": t.text, "start": t.start, "end": t.end, "pos": t.pos} for t in found]}
        for found in tokens
    ]


def _shown(result: dict[str, Any] | Exception, state: ServiceState) -> dict[str, Any]:
    if not isinstance(result, Exception):
        return result
    if not isinstance(result, VocError):
        _log.error("text failed", exception=type(result).__name__)
    return {"error": problem(result, language=state.settings.language)[1]}
