"""A limit on the size of request bodies, counted as they arrive."""

from __future__ import annotations

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.core.errors import LimitError
from service.errors import PROBLEM_TYPE, problem


class _TooLargeError(Exception):
    pass


class BodyLimit:
    """Answers 413 once a body is over ``max_bytes``, whether or not it said its length."""

    def __init__(self, app: ASGIApp, *, max_bytes: int, language: str) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._language = language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        stated = next((v for k, v in scope["headers"] if k == b"content-length"), b"0")
        if stated.isdigit() and int(stated) > self._max_bytes:
            await self._refuse(send, int(stated))
            return
        n_bytes = 0
        started = False

        async def counted() -> Message:
            nonlocal n_bytes
            message = await receive()
            n_bytes += len(message.get("body", b""))
            if n_bytes > self._max_bytes:
                raise _TooLargeError
            return message

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, counted, noted)
        except _TooLargeError:
            if not started:
                await self._refuse(send, n_bytes)

    async def _refuse(self, send: Send, actual: int) -> None:
        error = LimitError(what="请求体的字节数", actual=actual, limit=self._max_bytes)
        status, body = problem(error, language=self._language)
        headers = [(b"content-type", PROBLEM_TYPE.encode()), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": orjson.dumps(body)})
