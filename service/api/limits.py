"""A limit on the size of request bodies, counted as they arrive."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.core.errors import LimitError
from service.errors import answer


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
            await self._refuse(scope, receive, send, int(stated))
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
            """What the application answers, unless it only turned the refusal into an error of its own."""
            nonlocal started
            if n_bytes > self._max_bytes and not started:
                raise _TooLargeError
            started = True
            await send(message)

        try:
            await self._app(scope, counted, noted)
        except _TooLargeError:
            if started:
                raise
            await self._refuse(scope, receive, send, n_bytes)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, actual: int) -> None:
        error = LimitError(
            what="请求体的字节数", what_en="body in bytes", actual=actual, limit=self._max_bytes
        )
        response = answer(Request(scope), error, language=self._language)
        response.headers["connection"] = "close"
        await response(scope, receive, send)
