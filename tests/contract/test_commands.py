"""One check over every command: its help is for a newcomer, its options explain themselves."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from service.cli.main import COMMANDS, build_cli, run

_CHINESE = re.compile("[\u4e00-\u9fff]")
_ENGLISH_LEFT = re.compile(r"Usage|Options|Commands|Show this|default:|required|TEXT|INTEGER|PATH\b")
_WITHOUT_JSON = {"serve"}
ROOT_CAUSE_COMMANDS = (
    "list",
    "show",
    "rename",
    "merge",
    "split",
    "retire",
    "restore",
    "undo",
    "events",
    "rebuild",
)


def commands(
    group: click.Group, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


OWN = [(path, command) for path, command in commands(build_cli()) if path[0] in COMMANDS]
OWN_IDS = [" ".join(path) for path, _ in OWN]


def test_every_command_of_the_contract_is_there() -> None:
    names = {" ".join(path) for path, _ in commands(build_cli())}
    wanted = [
        "ingest",
        "analyze",
        "cluster",
        "review",
        "train",
        "evaluate",
        "predict",
        "serve",
        "doctor",
        "demo",
        "samples",
    ]
    assert {
        *wanted,
        "models list",
        "models show",
        "models verify",
        *(f"schedule {name}" for name in ("run", "show", "test")),
        *(f"root-causes {name}" for name in ROOT_CAUSE_COMMANDS),
        "keys create",
        "keys list",
        "keys revoke",
    } <= names


@pytest.mark.parametrize(("path", "command"), OWN, ids=OWN_IDS)
def test_help_is_chinese_throughout(
    path: tuple[str, ...], command: click.Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*path, "--help"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(f"用法：voc {' '.join(path)}")
    assert not _ENGLISH_LEFT.search(out.replace("FIELD=COLUMN", "").replace("FORMAT", ""))
    assert err == ""


@pytest.mark.parametrize(("path", "command"), OWN, ids=OWN_IDS)
def test_every_command_and_option_says_in_chinese_what_it_does(
    path: tuple[str, ...], command: click.Command
) -> None:
    assert _CHINESE.search(command.help or "")
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert _CHINESE.search(parameter.help or ""), parameter.name


@pytest.mark.parametrize(("path", "command"), OWN, ids=OWN_IDS)
def test_every_command_answers_in_json_if_asked(path: tuple[str, ...], command: click.Command) -> None:
    if isinstance(command, click.Group) or path[0] in _WITHOUT_JSON:
        pytest.skip("has no answer of its own")
    assert any("--json" in parameter.opts for parameter in command.params)


@pytest.mark.parametrize(("path", "command"), OWN, ids=OWN_IDS)
def test_an_unknown_option_ends_with_2(
    path: tuple[str, ...], command: click.Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*path, "--no-such-option"]) == 2
    out, err = capsys.readouterr()
    assert (out, "--no-such-option" in err) == ("", True)
    assert f"查看帮助：voc {' '.join(path)} --help" in err


def test_the_first_page_lists_every_command_and_reads_no_model() -> None:
    script = (
        "import sys; from service.cli.main import run; code = run(['--help']);"
        "heavy = {'sklearn', 'numpy', 'uvicorn', 'fastapi', 'sqlalchemy'} & set(sys.modules);"
        "sys.exit(f'imported {heavy}' if heavy else code)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    for path, _ in commands(build_cli()):
        if len(path) == 1:
            assert f"\n  {path[0]} " in done.stdout
