"""What the READMEs show is what happens; every ``voc`` line of any page is one that the command line takes."""

from __future__ import annotations

import json
import re
import shlex
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest
from starlette.testclient import TestClient

from service.app import create_app
from service.cli.main import build_cli, run
from service.settings import Settings, load_settings

ROOT = Path(__file__).parents[2]
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
PROGRAMS = ("voc", ".venv/bin/voc", "/opt/voc/bin/voc")
IMAGE = "voc-service"
SCORE_TOLERANCE = 0.15
"""A model fitted anew may move a score; the labels that a README shows must stay."""


@dataclass(frozen=True)
class Block:
    kind: str
    text: str


def blocks_of(page: Path) -> list[Block]:
    return [Block(kind, text) for kind, text in FENCE.findall(page.read_text(encoding="utf-8"))]


def voc_lines(page: Path) -> Iterator[list[str]]:
    """Arguments of every call of ``voc`` in the fenced blocks of a page."""
    for block in blocks_of(page):
        if block.kind in ("", "sh", "bash", "console"):
            for line in block.text.splitlines():
                yield from voc_arguments(line)


def voc_arguments(line: str) -> Iterator[list[str]]:
    first = line.split(maxsplit=1)[0] if line.strip() else ""
    if first in PROGRAMS:
        yield shlex.split(line, comments=True)[1:]
    elif line.startswith("docker run"):
        words = shlex.split(line)
        arguments = words[words.index(IMAGE) + 1 :]
        yield arguments or ["serve"]


CALLS = [
    pytest.param(arguments, id=f"{page.relative_to(ROOT)}: {' '.join(arguments)}"[:120])
    for page in PAGES
    for arguments in voc_lines(page)
]


def check_call(arguments: list[str]) -> None:
    """Parse as the command line does, without doing anything. Raises ``click.UsageError``."""
    command: click.Command = build_cli()
    context = click.Context(command, info_name="voc")
    rest = list(arguments)
    while isinstance(command, click.Group):
        if not rest or rest[0].startswith("-"):
            break
        part = command.get_command(context, rest[0])
        if part is None:
            raise click.UsageError(f"no such command: {rest[0]}")
        command, context = part, click.Context(part, info_name=rest.pop(0), parent=context)
    command.make_context(context.info_name, rest, parent=context.parent)


@pytest.mark.parametrize("arguments", CALLS)
def test_every_voc_line_of_a_page_is_one_that_the_command_line_takes(arguments: list[str]) -> None:
    check_call(arguments)


def test_a_wrong_line_would_be_noticed() -> None:
    for line in ("voc ingest", "voc ingets x.csv", "voc review 2024-03 --format html", "voc keys make x"):
        with pytest.raises(click.UsageError):
            check_call(shlex.split(line)[1:])
    assert len(CALLS) > 30


@pytest.mark.parametrize("page", [*READMES, ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_every_make_target_of_a_page_exists(page: Path) -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = re.findall(r"\bmake ([a-z-]+)", "\n".join(block.text for block in blocks_of(page)))
    assert named and set(named) <= targets


def commands_of(page: Path) -> list[str]:
    shell = [block for block in blocks_of(page) if block.kind == ""]
    lines = [line.partition("  #")[0].strip() for block in shell for line in block.text.splitlines()]
    return [line for line in lines if re.match(r"make |export |voc |pip |curl ", line)]


def test_both_readmes_show_the_same_commands() -> None:
    english, chinese = (
        [re.sub(r"--channel \S+", "--channel …", line) for line in commands_of(page)] for page in READMES
    )
    assert english == chinese and len(english) >= 8


def as_shown(text: str) -> str:
    """Output without what differs from run to run."""
    return re.sub(r"rejects-\w+\.csv", "rejects-….csv", re.sub(r"（[\d.]+ 秒）", "（… 秒）", text)).strip()


@pytest.mark.parametrize("page", READMES, ids=lambda page: page.name)
def test_the_file_example_of_a_readme_gives_the_output_it_shows(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = blocks_of(page)
    at = next(i for i, block in enumerate(blocks) if block.kind == "csv")
    table, commands, shown = blocks[at : at + 3]
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VOC_HOME", raising=False)
    monkeypatch.delenv("VOC_DATABASE_URL", raising=False)
    Path("calls.csv").write_text(table.text, encoding="utf-8")
    for line in commands.text.splitlines():
        if line.startswith("export "):
            name, _, value = line.removeprefix("export ").partition("=")
            monkeypatch.setenv(name, value)
        else:
            assert run(shlex.split(line)[1:]) == 0
    assert as_shown(capsys.readouterr().out) == as_shown(shown.text)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    home = tmp_path_factory.mktemp("readme")
    app = create_app(load_settings(home=home, database_url="", sector="automotive"))
    with TestClient(app, "http://127.0.0.1:8000", client=("127.0.0.1", 50_000)) as found:
        yield found


def curl_of(page: Path) -> tuple[str, Any]:
    """Path and body of the first ``curl`` example."""
    text = next(block.text for block in blocks_of(page) if block.text.startswith("curl "))
    words = shlex.split(text)
    url = next(word for word in words if word.startswith("http"))
    return re.sub(r"^http://[^/]+", "", url), json.loads(words[words.index("-d") + 1])


def assert_holds(shown: Any, real: Any, where: str) -> None:
    """All that is shown is in the real answer; versions of models may differ behind the ``@``."""
    if isinstance(shown, dict):
        for key, value in shown.items():
            assert key in real, f"{where}.{key}"
            assert_holds(value, real[key], f"{where}.{key}")
    elif isinstance(shown, list):
        assert len(shown) <= len(real), where
        for i, value in enumerate(shown):
            assert_holds(value, real[i], f"{where}[{i}]")
    elif isinstance(shown, float):
        assert real == pytest.approx(shown, abs=SCORE_TOLERANCE), where
    elif isinstance(shown, str) and "@" in shown:
        assert real.partition("@")[0] == shown.partition("@")[0], where
    else:
        assert real == shown, where


@pytest.mark.parametrize("page", READMES, ids=lambda page: page.name)
def test_the_answer_of_a_readme_is_what_the_service_answers(page: Path, client: TestClient) -> None:
    path, body = curl_of(page)
    response = client.post(path, json=body)
    assert response.status_code in (200, 201)
    shown = json.loads(next(block.text for block in blocks_of(page) if block.kind == "json"))
    assert_holds(shown, response.json(), "answer")
    assert response.json()["text"][14:29] == "我提车才半个月官方就降价一万五"
    assert "13800138000" not in response.text


@pytest.mark.parametrize("page", READMES, ids=lambda page: page.name)
def test_the_settings_of_a_readme_exist_with_their_defaults(page: Path) -> None:
    rows = re.findall(r"^\| `VOC_(\w+)` \| (.*?) \|", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) >= 4
    for name, default in rows:
        field = Settings.model_fields[name.lower()]
        assert default == f"`{field.default}`" or not field.default, name


@pytest.mark.parametrize("page", READMES, ids=lambda page: page.name)
def test_the_picture_of_a_readme_is_there_wide_and_small(page: Path) -> None:
    (name,) = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
    content = (page.parent / name).read_bytes()
    width, height = struct.unpack(">II", content[16:24])
    assert content.startswith(b"\x89PNG") and len(content) < 200_000
    assert width >= 800 and 400 <= height <= 1200
