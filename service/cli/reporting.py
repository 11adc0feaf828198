"""What went wrong, in one clear line, and the exit code it means."""

from __future__ import annotations

import errno
import sys
import traceback

import click

from models.core.errors import ArtifactError, InputError, NotFoundError, SetupError, VocError
from service.cli.help import usage_problem
from service.settings import load_settings

EXIT_FAILED = 1
EXIT_WRONG_USE = 2
_SYSTEM_REASONS = {
    errno.ENOSPC: "磁盘空间已满，请腾出空间后重新运行",
    errno.EDQUOT: "磁盘配额已满，请腾出空间后重新运行",
    errno.EACCES: "没有权限，请检查该路径的读写权限",
    errno.EROFS: "所在磁盘只读",
    errno.ENOENT: "路径不存在",
    errno.EISDIR: "这是一个文件夹",
    errno.EADDRINUSE: "端口已被占用，请换一个：--port",
}


def report_usage(error: click.ClickException) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
    else:
        click.echo(usage_problem(error, language()), err=True)
    return EXIT_WRONG_USE


def report_known(error: VocError) -> int:
    chosen = language()
    prefix = "Error" if chosen == "en" else "错误"
    click.echo(f"{prefix} [{error.code}] {error.message(chosen)}", err=True)
    wrong_use = isinstance(error, (InputError, ArtifactError, NotFoundError, SetupError))
    return EXIT_WRONG_USE if wrong_use else EXIT_FAILED


def report_system(error: OSError) -> int:
    where = f"：{error.filename}" if error.filename else ""
    if language() == "en":
        click.echo(f"Error [system] {error.strerror or error}{where}", err=True)
    else:
        reason = _SYSTEM_REASONS.get(error.errno or 0) or error.strerror or str(error)
        click.echo(f"错误 [system] {reason}{where}", err=True)
    return EXIT_FAILED


def report_unknown(error: Exception) -> int:
    """A fault of this program. Its message is left out: it may quote a text of a customer."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    click.echo(frames, err=True, nl=False)
    kind = type(error).__name__
    if language() == "en":
        click.echo(
            f"Error [internal] {kind}: a fault of this program; please report the lines above.", err=True
        )
    else:
        click.echo(f"错误 [internal] {kind}：程序内部错误，请把以上内容报告给维护者。", err=True)
    return EXIT_FAILED


def report_stopped() -> int:
    stopped = "Stopped." if language() == "en" else "已中止。"
    click.echo(f"\n{stopped}", err=True)
    return EXIT_FAILED


def language() -> str:
    """Of messages: ``VOC_LANGUAGE``, or Chinese where the settings cannot be read."""
    try:
        return load_settings().language
    except SetupError:
        return "zh"


def print_anything() -> None:
    """Characters that a terminal cannot show become ``?``; they never end a command."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
