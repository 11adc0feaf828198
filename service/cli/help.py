"""Help pages and usage errors in Chinese, wrapped by display width (a Chinese character is two wide)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

import click

_HEADINGS = {"Options": "选项", "Commands": "命令", "Positional arguments": "参数"}
_METAVARS = {"TEXT": "文本", "INTEGER": "整数", "INTEGER RANGE": "整数", "FLOAT": "小数", "PATH": "路径"}
_METAVAR = re.compile(r" (TEXT|INTEGER RANGE|INTEGER|FLOAT|PATH)$")
_EXTRAS = re.compile(r"\[[^\[\]]*\]$")
_RANGE = re.compile(r"(\d+)<=x<=(\d+)")
_LEAST = re.compile(r"\bx>=(\d+)")
_PHRASES = (
    ("Show this message and exit.", "显示这份帮助。"),
    ("Show the version and exit.", "显示版本。"),
    ("[OPTIONS]", "[选项]"),
    ("COMMAND [ARGS]...", "命令 [参数]..."),
)
_EXTRA_ARGUMENTS = re.compile(r"Got unexpected extra arguments? \((.*)\)\.?")
_LINE_END = re.compile(r"(?<=[^\x00-\xff])[ \t]*\n\s*")
_MAX_TERM_COLUMNS = 30


class ChineseHelp(click.HelpFormatter):
    """Click's pages with Chinese headings."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        self.write(f"用法：{prog} {_translated(args)}".rstrip() + "\n")

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':{self.current_indent}}{_HEADINGS.get(heading, heading)}：\n")

    def write_text(self, text: str) -> None:
        for number, paragraph in enumerate(text.split("\n\n")):
            if number:
                self.write("\n")
            kept = paragraph.startswith("\b\n")
            lines = paragraph[2:].splitlines() if kept else _wrapped(paragraph, self.width)
            for line in lines:
                self.write(f"{'':{self.current_indent}}{line}\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        pairs = [
            (_METAVAR.sub(lambda m: f" {_METAVARS[m[1]]}", term), _translated(said)) for term, said in rows
        ]
        column = min(max(map(_columns, (term for term, _ in pairs)), default=0), _MAX_TERM_COLUMNS) + 2
        for term, said in pairs:
            lines = list(_wrapped(said, max(self.width - column, 20))) or [""]
            gap = column - _columns(term)
            first = f"{term}{'':{gap}}{lines[0]}" if gap >= 2 else f"{term}\n{'':{column + 2}}{lines[0]}"
            self.write(f"{'':{self.current_indent}}{first.rstrip()}\n")
            for line in lines[1:]:
                self.write(f"{'':{self.current_indent + column}}{line}\n")


class ChineseContext(click.Context):
    formatter_class = ChineseHelp


def in_chinese(command: click.Command) -> click.Command:
    """The same command, its pages and those of its parts in Chinese."""
    command.context_class = ChineseContext
    for part in getattr(command, "commands", {}).values():
        in_chinese(part)
    return command


def usage_problem(error: click.ClickException, language: str) -> str:
    """What is wrong with how a command was called, and where to look."""
    context = getattr(error, "ctx", None)
    if language == "en":
        hint = f"\nTry: {context.command_path} --help" if context else ""
        return f"Error [usage_invalid] {error.format_message()}{hint}"
    hint = f"\n{context.get_usage()}\n查看帮助：{context.command_path} --help" if context else ""
    return f"错误 [usage_invalid] {_said(error)}{hint}"


def _said(error: click.ClickException) -> str:
    match error:
        case click.MissingParameter(param=param) if param is not None:
            kind = "选项" if param.param_type_name == "option" else "参数"
            return f"缺少{kind} {_hint(param, error)}"
        case click.NoSuchOption(option_name=name, possibilities=near):
            return f"没有选项 {name}{_near(near)}"
        case click.exceptions.NoSuchCommand(command_name=name, possibilities=near):
            return f"没有命令 {name}{_near(near)}"
        case click.BadOptionUsage(option_name=name):
            return f"选项 {name} 缺少值，或不该带值"
        case click.BadParameter(param=param) if param is not None:
            return f"{_hint(param, error)} 的值无效：{_expected(param.type) or error.message}"
        case _ if error.message == "Missing command.":
            return "缺少命令"
    found = _EXTRA_ARGUMENTS.fullmatch(error.message)
    return f"多余的参数：{found[1]}" if found else error.message


def _hint(param: click.Parameter, error: click.ClickException) -> str:
    if param.param_type_name == "option":
        return max(param.opts, key=len)
    return param.make_metavar(error.ctx) if getattr(error, "ctx", None) else str(param.name).upper()  # type: ignore[attr-defined]


def _near(names: list[str] | None) -> str:
    return f"，是不是想用：{'、'.join(names)}" if names else ""


def _expected(kind: click.ParamType) -> str:
    if isinstance(kind, click.Choice):
        return f"可选 {'、'.join(str(choice) for choice in kind.choices)}"
    if isinstance(kind, click.IntRange):
        low = "" if kind.min is None else f"，至少 {kind.min}"
        return f"应为整数{low}" + ("" if kind.max is None else f"，最多 {kind.max}")
    return "应为整数" if kind is click.INT else ""


def _translated(text: str) -> str:
    for english, chinese in _PHRASES:
        text = text.replace(english, chinese)
    return _EXTRAS.sub(_translated_extras, text)


def _translated_extras(found: re.Match[str]) -> str:
    said = found[0].replace("default: ", "默认 ").replace("required", "必填")
    return _RANGE.sub(lambda m: f"{m[1]} 到 {m[2]}", _LEAST.sub(r"至少 \1", said))


def _wrapped(text: str, width: int) -> Iterator[str]:
    """Lines of at most ``width`` columns, broken at spaces and beside Chinese characters."""
    line, columns = "", 0
    for piece in re.findall(r"[!-~]+|\s+|.", " ".join(_LINE_END.sub("", text.strip()).split())):
        n = _columns(piece)
        if columns + n > width and line and piece not in "，。；：、）！？":
            yield line.rstrip()
            line, columns = "", 0
            piece = piece.lstrip()
        line, columns = line + piece, columns + _columns(piece)
    if line.strip():
        yield line.rstrip()


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
