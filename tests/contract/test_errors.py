"""Every error of the tree has a status, two messages and a code; every error body has one shape."""

from __future__ import annotations

import asyncio
import string
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.exceptions import HTTPException

from models.core.errors import VocError, error_classes
from service.errors import STATUS, install_error_handlers, problem

CLASSES = error_classes()
CHINESE = ("\u4e00", "\u9fff")


def fields_of(template: str) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(template) if name]


def example(kind: type[VocError]) -> VocError:
    """An error of this class with a value for every field of its templates."""
    return kind(**{name: f"<{name}>" for name in {*fields_of(kind.zh), *fields_of(kind.en)}})


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_has_a_status_of_its_own(kind: type[VocError]) -> None:
    assert 400 <= STATUS[kind] < 600


def test_codes_are_unique_and_no_status_is_left_over() -> None:
    assert len({kind.code for kind in CLASSES}) == len(CLASSES)
    assert set(STATUS) == set(CLASSES)


@pytest.mark.parametrize("kind", [k for k in CLASSES if k is not VocError], ids=lambda kind: kind.__name__)
def test_every_error_speaks_chinese_and_english(kind: type[VocError]) -> None:
    error = example(kind)
    assert any(CHINESE[0] <= char <= CHINESE[1] for char in error.message("zh"))
    assert not any(CHINESE[0] <= char <= CHINESE[1] for char in error.message("en"))
    assert "?" not in error.message("zh") and "?" not in error.message("en")
    assert "{" not in error.message("zh") + error.message("en")


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_becomes_a_problem(kind: type[VocError]) -> None:
    status, body = problem(example(kind), language="en", instance="/v1/x")
    assert status == body["status"] == STATUS[kind]
    assert body["code"] == kind.code and body["type"] == f"urn:voc:error:{kind.code}"
    assert body["detail"] and body["instance"] == "/v1/x"


def test_an_unknown_exception_says_nothing_of_itself() -> None:
    status, body = problem(RuntimeError("客户张三的原话"))
    assert (status, body["code"]) == (500, "error")
    assert "张三" not in str(body)


def asked(error: Exception) -> httpx.Response:
    """What a route answers that raises ``error``."""
    app = FastAPI()
    install_error_handlers(app, language="zh")

    @app.get("/x")
    async def route(n: int = 0) -> None:
        raise error

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            return await client.get("/x", params=PARAMETERS.get(type(error), {}))

    return asyncio.run(ask())


PARAMETERS: dict[type[Exception], dict[str, Any]] = {KeyError: {"n": "many"}}


@pytest.mark.parametrize(
    ("error", "status"),
    [
        *((example(kind), STATUS[kind]) for kind in CLASSES),
        (HTTPException(404), 404),
        (HTTPException(405, headers={"Allow": "GET"}), 405),
        (HTTPException(415), 415),
        (RuntimeError("客户张三的原话"), 500),
        (KeyError("never raised: the parameter is wrong before"), 422),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_every_error_path_answers_with_a_problem(error: Exception, status: int) -> None:
    response = asked(error)
    body = response.json()
    assert response.status_code == body["status"] == status
    assert response.headers["content-type"] == "application/problem+json"
    assert body["code"] and body["detail"] and body["instance"] == "/x"
    assert "张三" not in response.text
    assert ("retry-after" in response.headers) == (status == 503)
    assert ("www-authenticate" in response.headers) == (status == 401)
    assert ("allow" in response.headers) == (status == 405)


def test_a_wrong_parameter_is_named_and_explained_in_chinese() -> None:
    body = asked(KeyError("never raised")).json()
    assert (body["code"], body["field"]) == ("field_invalid", "n")
    assert "应为整数" in body["detail"]
