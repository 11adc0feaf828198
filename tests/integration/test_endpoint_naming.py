"""Names from an endpoint, asked at a local server that answers as told."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from models.rootcause.cause import Discovery, RootCause
from models.rootcause.exemplars import Exemplar
from service.rootcauses.endpoint_naming import Named, name_births
from service.settings import load_settings

QUOTES = ["空调一开就不制冷，等了3天", "车里空调不制冷"]
GOOD = {"name": "空调不制冷", "summary": "客户说“空调一开就不制冷”。"}


class Endpoint(ThreadingHTTPServer):
    """Gives ``reply`` (status, body) to every request and keeps what it was sent."""

    reply: tuple[int, bytes] = (200, b"")
    delay_seconds = 0.0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.asked: list[tuple[str, str, dict[str, Any]]] = []

    def says(self, content: object) -> None:
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        body = json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]})
        self.reply = (200, body.encode())


class _Answers(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, self.headers.get("Authorization", ""), body))
        time.sleep(self.server.delay_seconds)
        status, answer = self.server.reply
        self.send_response(status)
        self.send_header("Location", "/elsewhere")
        self.end_headers()
        with contextlib.suppress(BrokenPipeError):  # who asked may have given up
            self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    server = Endpoint()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def cause(cause_id: str, name: str, linked_from: str | None = None) -> RootCause:
    quotes = tuple(Exemplar(f"t{i}", 0, len(text), text) for i, text in enumerate(QUOTES))
    return RootCause(cause_id, name, (), np.zeros(2, np.float32), quotes, 2, 2, 2, "e", linked_from, None)


def asked(endpoint: Endpoint | None, *causes: RootCause, timeout: float = 5.0, **more: Any) -> Named:
    found = Discovery("2024-03", causes or (cause("rc-1", "冷气没有"),), (), (), {})
    url = f"http://127.0.0.1:{endpoint.server_port}/v1/" if endpoint else ""
    settings = load_settings(naming_url=url, naming_model="m", naming_key=SecretStr("k"))
    options = {"keep": (), "taken": ()} | more
    return name_births(
        found,
        settings,
        lambda text: ["空调", "不制冷"] if text == "空调不制冷" else list(text),
        timeout_seconds=timeout,
        **options,
    )


def names(named: Named) -> list[str]:
    return [item.name for item in named.found.causes]


def test_a_birth_gets_the_name_and_summary_that_its_quotes_bear_out(endpoint: Endpoint) -> None:
    endpoint.says(GOOD)
    named = asked(endpoint)
    assert names(named) == ["空调不制冷"]
    assert named.summaries == {"rc-1": GOOD["summary"]}
    ((path, key, body),) = endpoint.asked
    assert (path, key, body["model"]) == ("/v1/chat/completions", "Bearer k", "m")
    assert body["messages"][1]["content"].splitlines()[1:] == [f"- {text}" for text in QUOTES]


def test_an_answer_in_a_code_fence_counts(endpoint: Endpoint) -> None:
    endpoint.says("```json\n" + json.dumps(GOOD) + "\n```")
    assert names(asked(endpoint)) == ["空调不制冷"]


def test_without_an_address_nobody_is_asked() -> None:
    named = asked(None)
    assert (names(named), named.summaries) == (["冷气没有"], {})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("不是 JSON", "not_json"),
        ([1], "not_an_object"),
        ({"summary": "无名"}, "wrong_types"),
        ({"name": "坏", "summary": ""}, "name_form"),
        ({"name": "2024", "summary": ""}, "name_form"),
        ({"name": "空调\n不制冷", "summary": ""}, "name_form"),
        ({"name": "发动机漏油", "summary": ""}, "name_not_in_evidence"),
        (GOOD | {"summary": "客户说“空调坏了”。"}, "quote_not_in_evidence"),
        (GOOD | {"summary": '客户说"要求退车"'}, "quote_not_in_evidence"),
        (GOOD | {"summary": "等了30天"}, "number_not_in_evidence"),
        (GOOD | {"summary": "很" * 300}, "summary_form"),
    ],
)
def test_an_answer_the_quotes_do_not_bear_out_changes_nothing(
    endpoint: Endpoint, content: object, reason: str
) -> None:
    endpoint.says(content)
    with capture_logs() as logs:
        named = asked(endpoint)
    assert (names(named), named.summaries) == (["冷气没有"], {})
    assert [(line["event"], line["reason"]) for line in logs] == [("naming_answer_unusable", reason)]
    assert "空调" not in str(logs)


@pytest.mark.parametrize(("status", "reason"), [(500, "http_500"), (401, "http_401"), (302, "http_302")])
def test_after_an_http_error_the_endpoint_is_left_alone(endpoint: Endpoint, status: int, reason: str) -> None:
    endpoint.reply = (status, b"boom")
    with capture_logs() as logs:
        named = asked(endpoint, cause("rc-1", "冷气没有"), cause("rc-2", "热风不停"))
    assert names(named) == ["冷气没有", "热风不停"]
    assert len(endpoint.asked) == 1
    assert [line["reason"] for line in logs] == [reason]


def test_a_slow_endpoint_is_given_up(endpoint: Endpoint) -> None:
    endpoint.says(GOOD)
    endpoint.delay_seconds = 0.5
    with capture_logs() as logs:
        named = asked(endpoint, timeout=0.1)
    assert names(named) == ["冷气没有"]
    assert [line["event"] for line in logs] == ["naming_endpoint_unreachable"]


@pytest.mark.parametrize(
    "answer", [b"<html>", b"{}", b'{"choices": []}', b'{"choices": [{"message": null}]}']
)
def test_what_is_no_completion_changes_nothing(endpoint: Endpoint, answer: bytes) -> None:
    endpoint.reply = (200, answer)
    assert names(asked(endpoint)) == ["冷气没有"]


def test_known_and_earlier_causes_keep_their_names_and_names_stay_unique(endpoint: Endpoint) -> None:
    endpoint.says(GOOD)
    known, earlier = cause("rc-1", "甲故障", linked_from="rc-1"), cause("rc-2", "乙故障")
    births = cause("rc-3", "丙故障"), cause("rc-4", "丁故障")
    named = asked(endpoint, known, earlier, *births, keep=("rc-2",))
    assert names(named) == ["甲故障", "乙故障", "空调不制冷", "丁故障"]
    assert names(asked(endpoint, births[0], taken=("空调不制冷",))) == ["丙故障"]
