"""All commands in one group; errors become one clear line and an exit code.

0 done, 1 failed, 2 wrong use or unreadable input.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import entry_points, version

import click

from models.core.errors import ArtifactError, InputError, NotFoundError, SetupError, VocError
from service.settings import load_settings

EXIT_FAILED = 1
EXIT_WRONG_USE = 2
_OWN = (
    "ingest",
    "analyze",
    "cluster",
    "review",
    "models",
    "dictionary",
    "keys",
    "samples",
    "demo",
    "serve",
    "doctor",
)


class _Commands(click.Group):
    """Commands by name, each imported when it is used: ``voc --version`` reads no model."""

    def list_commands(self, context: click.Context) -> list[str]:
        return [*_OWN, *sorted(point.name for point in entry_points(group="voc.commands"))]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name in _OWN:
            command: click.Command = getattr(import_module(f"service.cli.{name}"), name)
            return command
        joined = entry_points(group="voc.commands", name=name)
        return next(iter(joined)).load() if joined else None


def build_cli() -> click.Group:
    """The group of all commands, with those that other packages join by entry point."""

    @click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
    @click.version_option(version("voc-service"), prog_name="voc")
    @click.pass_context
    def voc(context: click.Context) -> None:
        """客户之声（VOC）中文文本挖掘：入库、分析、根因、月度评审。"""
        context.obj = load_settings()

    group: click.Group = voc  # type: ignore[assignment]
    return group


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; nothing but the answer goes to standard output."""
    try:
        result = build_cli().main(list(arguments), prog_name="voc", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("已中止。", err=True)
        return EXIT_FAILED
    except click.ClickException as error:
        error.show()
        return EXIT_WRONG_USE
    except VocError as error:
        return _report(error)
    except BrokenPipeError:
        sys.stderr.close()
        return EXIT_FAILED
    except OSError as error:
        click.echo(f"错误：{error.strerror or error}：{error.filename or ''}", err=True)
        return EXIT_FAILED
    return result if isinstance(result, int) else 0


def _report(error: VocError) -> int:
    language = _language()
    prefix = "Error" if language == "en" else "错误"
    click.echo(f"{prefix} [{error.code}] {error.message(language)}", err=True)
    wrong_use = isinstance(error, (InputError, ArtifactError, NotFoundError, SetupError))
    return EXIT_WRONG_USE if wrong_use else EXIT_FAILED


def _language() -> str:
    try:
        return load_settings().language
    except SetupError:
        return "zh"
