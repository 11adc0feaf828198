"""``voc serve``."""

from __future__ import annotations

import ipaddress

import click

from models.core.errors import SetupError
from service.cli.options import opened
from service.database import api_keys
from service.settings import Settings, load_settings


@click.command()
@click.option("--host", help="监听地址，默认取 VOC_HOST（127.0.0.1）。")
@click.option("--port", type=click.IntRange(0, 65535), help="端口，默认取 VOC_PORT（8000）。")
@click.option(
    "--workers", "n_processes", type=click.IntRange(min=1), default=1, show_default=True, help="服务进程数。"
)
@click.pass_obj
def serve(settings: Settings, host: str | None, port: int | None, n_processes: int) -> None:
    """启动服务：接口 /v1，文档 /docs，健康检查 /healthz 和 /readyz，指标 /metrics。

    默认只监听本机。要让其他机器访问，先用 voc keys create 创建密钥，再加 --host 0.0.0.0。

    \b
    例：
      voc serve
      voc keys create 呼叫中心 --scope ingest --scope read
      voc serve --host 0.0.0.0 --port 8080
    """
    import uvicorn

    from service.app import create_app

    settings = load_settings(**{k: v for k, v in {"host": host, "port": port}.items() if v is not None})
    check_exposure(settings)
    options = {
        "host": settings.host,
        "port": settings.port,
        "log_config": None,
        "access_log": False,
        "timeout_graceful_shutdown": 30,
        "timeout_keep_alive": 75,
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
