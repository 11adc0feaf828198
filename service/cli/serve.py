"""``voc serve``."""

from __future__ import annotations

import ipaddress

import click
import uvicorn

from models.core.errors import SetupError
from service.app import create_app
from service.cli.options import opened
from service.database import api_keys
from service.settings import Settings, load_settings


@click.command()
@click.option("--host", help="监听地址，默认 VOC_HOST。")
@click.option("--port", type=int, help="端口，默认 VOC_PORT。")
@click.option("--workers", "n_processes", default=1, show_default=True, help="服务进程数。")
@click.pass_obj
def serve(settings: Settings, host: str | None, port: int | None, n_processes: int) -> None:
    """启动服务：接口 /v1，文档 /docs，指标 /metrics。"""
    settings = load_settings(**{k: v for k, v in {"host": host, "port": port}.items() if v is not None})
    check_exposure(settings)
    options = {
        "host": settings.host,
        "port": settings.port,
        "log_config": None,
        "access_log": False,
        "timeout_graceful_shutdown": 30,
        "server_header": False,
    }
    click.echo(f"VOC 服务：http://{settings.host}:{settings.port}/docs", err=True)
    if n_processes > 1:
        uvicorn.run("service.app:create_app", factory=True, workers=n_processes, **options)  # type: ignore[arg-type]
    else:
        uvicorn.run(create_app(settings), **options)  # type: ignore[arg-type]


def check_exposure(settings: Settings) -> None:
    """Refuse to listen beyond this machine while no key exists. Raises ``SetupError``."""
    if is_loopback(settings.host):
        return
    with opened(settings) as database, database.read() as connection:
        if api_keys.has_keys(connection):
            return
    raise SetupError(
        reason=f"将监听 {settings.host}（本机以外可访问），但还没有任何密钥。请先运行：voc keys create 名称",
        reason_en=f"{settings.host} is reachable from outside but there is no key; run voc keys create NAME",
    )


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
