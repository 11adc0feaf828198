"""All commands in one group; errors become one clear line and an exit code.

0 done, 1 failed, 2 wrong use or unreadable input.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import entry_points, version

import click

from models.core.errors import VocError
from service.cli.help import ChineseContext, in_chinese
from service.cli.reporting import (
    EXIT_FAILED,
    EXIT_WRONG_USE,
    print_anything,
    report_known,
    report_stopped,
    report_system,
    report_unknown,
    report_usage,
)
from service.settings import load_settings

__all__ = ["COMMANDS", "EXIT_FAILED", "EXIT_WRONG_USE", "build_cli", "run"]

COMMANDS = {
    "demo": "用随附的示例通话跑一遍全程，看看效果",
    "ingest": "入库：把通话或投诉记录脱敏、分析、存储",
    "review": "生成某月的客户之声月度评审",
    "schedule": "每月自动生成评审，用邮件和 webhook 发出",
    "analyze": "分析一个文件，不需要数据库",
    "cluster": "找出一个文件的根因，不需要数据库",
    "root-causes": "根因：改名、合并、拆分、停用、恢复、撤销",
    "serve": "启动服务（HTTP 接口）",
    "keys": "接口密钥：创建、列出、撤销",
    "models": "模型：列出、查看、校验、启用、回退",
    "dictionary": "词典：检查一份词典改动会带来什么",
    "samples": "生成示例通话（虚构）和标准答案",
    "doctor": "检查安装和设置，说明怎么处理",
}
"""What this package brings, in the order of the help page."""
_JOINED = {
    "train": "训练一个模型",
    "evaluate": "在标注数据上评测一个模型",
    "predict": "给文件的每一行加上标签和分数",
}


class _Commands(click.Group):
    """Commands by name, each imported when it is used: ``voc --help`` reads no model."""

    context_class = ChineseContext

    def list_commands(self, context: click.Context) -> list[str]:
        joined = sorted(point.name for point in entry_points(group="voc.commands"))
        return [*COMMANDS, *(name for name in joined if name not in COMMANDS)]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name in COMMANDS:
            module = name.replace("-", "_")
            return in_chinese(getattr(import_module(f"service.cli.{module}"), module))
        joined = entry_points(group="voc.commands", name=name)
        return in_chinese(next(iter(joined)).load()) if joined else None

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, self._summary(context, name)) for name in self.list_commands(context)])

    def _summary(self, context: click.Context, name: str) -> str:
        known = COMMANDS.get(name) or _JOINED.get(name)
        if known:
            return known
        command = self.get_command(context, name)
        return command.get_short_help_str() if command else ""


def build_cli() -> click.Group:
    """The group of all commands, with those that other packages join by entry point."""

    @click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
    @click.version_option(version("voc-service"), prog_name="voc", message="%(prog)s %(version)s")
    @click.pass_context
    def voc(context: click.Context) -> None:
        """客户之声（VOC）中文文本挖掘：入库、分析、根因、月度评审。

        \b
        第一次用：
          voc doctor                        检查安装
          voc demo                          用示例通话跑一遍
          voc ingest 投诉.xlsx              把自己的记录入库
          voc review 2024-03                生成月度评审

        设置用环境变量或 .env 文件（VOC_HOME、VOC_SECTOR 等），见 docs/settings.md。
        退出码：0 完成，1 失败，2 用法有误或输入无法读取。
        """
        from service.api.logs import configure_logging  # here, so that help needs no web framework

        context.obj = load_settings()
        configure_logging(context.obj.log_level)

    group: click.Group = voc  # type: ignore[assignment]
    return group


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; nothing but the answer goes to standard output."""
    print_anything()
    try:
        result = build_cli().main(list(arguments), prog_name="voc", standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        return report_stopped()
    except click.ClickException as error:
        return report_usage(error)
    except VocError as error:
        return report_known(error)
    except BrokenPipeError:
        _leave_closed_pipe()
        return EXIT_FAILED
    except OSError as error:
        return report_system(error)
    except Exception as error:
        return report_unknown(error)
    return result if isinstance(result, int) else 0


def _leave_closed_pipe() -> None:
    """Whoever read standard output is gone; Python must not complain of it at exit."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
