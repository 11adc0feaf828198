"""E-mail by SMTP. Passwords are read when they are sent and never logged."""

from __future__ import annotations

import smtplib
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from email.message import EmailMessage

from pydantic import SecretStr

from models.core.errors import DeliveryError
from service.delivery.retrying import WAITS_SECONDS, TryAgainError, with_retries
from service.settings import Settings

TIMEOUT_SECONDS = 30.0
_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_MAX_ANSWER_CHARS = 200


@dataclass(frozen=True, slots=True)
class MailServer:
    """``security`` is ``starttls``, ``tls`` or ``none``. ``tls`` is the context of the first two; the system's
    certificates when left out."""

    host: str
    port: int
    security: str = "starttls"
    user: str = ""
    password: SecretStr | None = None
    timeout_seconds: float = TIMEOUT_SECONDS
    tls: ssl.SSLContext | None = None


def mail_server(settings: Settings) -> MailServer:
    security = settings.smtp_security
    return MailServer(
        settings.smtp_host,
        settings.smtp_port or _PORTS[security],
        security,
        settings.smtp_user,
        settings.smtp_password,
    )


def send_message(
    server: MailServer,
    message: EmailMessage,
    *,
    waits: Sequence[float] = WAITS_SECONDS,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Hand ``message`` to ``server``; every attempt carries the same ``Message-ID``.

    What may pass (no answer, a 4xx code) is tried again after ``waits`` seconds. A server that does not offer
    STARTTLS is refused: nothing falls back to clear text. Raises ``DeliveryError``.
    """
    receiver = str(message["To"])
    if server.security != "none" and server.tls is None:
        server = replace(server, tls=ssl.create_default_context())

    def attempt() -> None:
        try:
            _hand_over(server, message)
        except smtplib.SMTPRecipientsRefused as refused:
            code, answer = next(iter(refused.recipients.values()))
            raise _answered(receiver, code, answer) from None
        except smtplib.SMTPResponseException as refused:
            raise _answered(receiver, refused.smtp_code, refused.smtp_error) from None
        except smtplib.SMTPNotSupportedError as missing:
            raise _not_offered(receiver, server) from missing
        except ssl.SSLCertVerificationError as problem:
            raise _certificate(receiver, server, problem) from problem
        except (OSError, smtplib.SMTPException) as problem:
            raise TryAgainError(_unreachable(receiver, server, problem)) from problem

    with_retries(attempt, waits=waits, sleep=sleep)


def _hand_over(server: MailServer, message: EmailMessage) -> None:
    with _connected(server) as connection:
        if server.security == "starttls":
            connection.starttls(context=server.tls)
        if server.user and server.password is not None:
            connection.login(server.user, server.password.get_secret_value())
        connection.send_message(message)


def _connected(server: MailServer) -> smtplib.SMTP:
    if server.security == "tls":
        return smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout_seconds, context=server.tls)
    return smtplib.SMTP(server.host, server.port, timeout=server.timeout_seconds)


def _answered(receiver: str, code: int, answer: bytes | str) -> Exception:
    """What a refusal means: 4xx may pass, 5xx stays (RFC 5321 section 4.2.1)."""
    said = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
    shown = " ".join(said.split())[:_MAX_ANSWER_CHARS]
    if code in (530, 534, 535):
        error = DeliveryError(
            receiver=receiver,
            reason=f"邮件服务器拒绝登录（{code} {shown}），请检查 VOC_SMTP_USER 和 VOC_SMTP_PASSWORD",
            reason_en=f"the mail server refused the login ({code} {shown}); check VOC_SMTP_USER and VOC_SMTP_PASSWORD",
        )
    else:
        error = DeliveryError(
            receiver=receiver,
            reason=f"邮件服务器答复 {code} {shown}",
            reason_en=f"the mail server answered {code} {shown}",
        )
    return error if 500 <= code < 600 else TryAgainError(error)


def _not_offered(receiver: str, server: MailServer) -> DeliveryError:
    return DeliveryError(
        receiver=receiver,
        reason=f"{server.host}:{server.port} 不支持所要求的加密或登录方式，请检查 VOC_SMTP_SECURITY 和 VOC_SMTP_PORT",
        reason_en=f"{server.host}:{server.port} does not offer the encryption or login asked for;"
        " check VOC_SMTP_SECURITY and VOC_SMTP_PORT",
    )


def _certificate(receiver: str, server: MailServer, problem: ssl.SSLCertVerificationError) -> DeliveryError:
    said = problem.verify_message
    return DeliveryError(
        receiver=receiver,
        reason=f"{server.host} 的证书无法验证（{said}）。自建证书机构请用 SSL_CERT_FILE 指定其证书",
        reason_en=f"the certificate of {server.host} cannot be verified ({said}); name your own authority's with SSL_CERT_FILE",
    )


def _unreachable(receiver: str, server: MailServer, problem: Exception) -> DeliveryError:
    kind = type(problem).__name__
    return DeliveryError(
        receiver=receiver,
        reason=f"无法与邮件服务器 {server.host}:{server.port} 通信（{kind}），请检查 VOC_SMTP_HOST、VOC_SMTP_PORT 和网络",
        reason_en=f"no talk with {server.host}:{server.port} ({kind}); check VOC_SMTP_HOST, VOC_SMTP_PORT, the network",
    )
