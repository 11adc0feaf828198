"""``/v1/analyze`` and ``/v1/segment``: nothing is stored."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from models.core.errors import LimitError, TextError, VocError
from service.api.state import Reader, ServiceState, State, in_thread
from service.errors import problem

router = APIRouter(prefix="/v1", tags=["analysis"])


class Texts(BaseModel):
    """Texts to analyse; each may be a dialogue with speaker marks such as 客户：and 坐席：."""

    texts: list[str] = Field(min_length=1, examples=[["空调不制冷，修了三次还没修好"]])


@router.post("/analyze")
async def analyze(body: Texts, state: State, caller: Reader) -> dict[str, Any]:
    """Analyse texts; a text that cannot be used gets a problem body in its place."""
    _check_count(body, state)
    return {"results": await in_thread(_analyze, state, body.texts)}


@router.post("/segment")
async def segment(body: Texts, state: State, caller: Reader) -> dict[str, Any]:
    """Words only, with offsets."""
    _check_count(body, state)
    return {"results": await in_thread(_segment, state, body.texts)}


def _check_count(body: Texts, state: ServiceState) -> None:
    if len(body.texts) > state.settings.max_batch_items:
        raise LimitError(what="一次的文本数", actual=len(body.texts), limit=state.settings.max_batch_items)


def _check_text(text: str, state: ServiceState) -> VocError | None:
    if not text.strip():
        return TextError(reason="内容为空", reason_en="it is empty")
    if len(text) > state.settings.max_text_chars:
        return LimitError(what="一条文本的字数", actual=len(text), limit=state.settings.max_text_chars)
    return None


def _analyze(state: ServiceState, texts: list[str]) -> list[dict[str, Any]]:
    errors = [_check_text(text, state) for text in texts]
    good = [text for text, error in zip(texts, errors, strict=True) if error is None]
    done = iter(state.maker.analyzer.analyze_raw(good))
    return [next(done).to_dict() if error is None else _problem(error, state) for error in errors]


def _segment(state: ServiceState, texts: list[str]) -> list[dict[str, Any]]:
    results = []
    for text in texts:
        error = _check_text(text, state)
        if error is not None:
            results.append(_problem(error, state))
            continue
        tokens = state.maker.analyzer.tokens(text)
        results.append(
            {"tokens": [{"text": t.text, "start": t.start, "end": t.end, "pos": t.pos} for t in tokens]}
        )
    return results


def _problem(error: VocError, state: ServiceState) -> dict[str, Any]:
    return {"error": problem(error, language=state.settings.language)[1]}
