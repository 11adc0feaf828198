"""All settings of the service, read from the environment (prefix ``VOC_``) or a ``.env`` file.

Making a ``Settings`` touches no disk besides reading ``.env``. Every field says in its description what it
does and its unit; ``docs/settings.md`` lists them all, held by a test.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from models.core.errors import SetupError

_POSTGRES_DRIVER = "postgresql+psycopg://"
_SQLITE_PREFIX = "sqlite:///"


class Settings(BaseSettings):
    """What a person who runs the service may change."""

    model_config = SettingsConfigDict(env_prefix="VOC_", env_file=".env", extra="ignore", frozen=True)

    home: Path = Field(Path("var"), description="Folder of database, artefacts, reviews and caches.")
    database_url: str = Field(
        "",
        repr=False,
        description="SQLAlchemy URL: `sqlite:///…` or `postgresql+psycopg://…`. Empty: SQLite in `VOC_HOME`.",
    )
    busy_timeout_seconds: float = Field(
        10.0, ge=0, description="How long a write waits for a locked database before it gives up, in seconds."
    )
    preset: Literal["fast", "best"] = Field(
        "fast", description="Which models to use and train: `fast` (n-grams) or `best` (encoder)."
    )
    detail: Literal["labels", "full"] = Field(
        "labels",
        description="What is stored of a transcript: `labels` (sentiment, categories, clauses) or `full` (opinions,"
        " satisfaction, problem turn, emotion, effort and the sector's aspects too; several times slower)."
        " `/v1/analyze` always has all but the aspects.",
    )
    experience: bool = Field(
        True,
        description="Whether journey steps, promises, survey items and moments are looked for in every transcript.",
    )
    encoder: str = Field("use", description="Sentence encoder: `use` (comes with the wheel) or a folder.")
    cache_vectors: int = Field(
        200_000,
        ge=0,
        description="Most sentence vectors kept in `VOC_HOME/cache`, about 2 KiB each; 0 keeps none.",
    )
    timezone: str = Field("Asia/Shanghai", description="IANA zone of naive times, and of days and months.")
    tenant: str = Field(
        "default", min_length=1, max_length=64, description="Tenant of the command line and of new API keys."
    )
    language: Literal["zh", "en"] = Field("zh", description="Language of messages, reviews and the console.")
    sector: str = Field("generic", description="Sector pack: a name under `data/packs/`, or a folder.")
    shared_data: Path = Field(Path("../shared/data"), description="Folder of the shared public data sets.")
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="Key for digests of customer numbers and of content. Empty: one is made in `VOC_HOME`.",
    )
    host: str = Field("127.0.0.1", description="Address to listen on; beyond loopback an API key must exist.")
    port: int = Field(8000, ge=0, le=65535, description="TCP port to listen on; 0 takes a free one.")
    max_body_bytes: int = Field(
        10 * 1024 * 1024, gt=0, description="Largest body of one request, in bytes (10 MiB)."
    )
    max_text_chars: int = Field(100_000, gt=0, description="Longest text or transcript, in characters.")
    max_batch_items: int = Field(1000, gt=0, description="Most items in one batch call.")
    workers: int = Field(0, ge=0, description="Processes for analysis; 0 means one per CPU core.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least important level that is logged; no level logs text of customers."
    )

    naming_url: str = Field(
        "",
        description="Address of an OpenAI-compatible API, up to `/v1`, that names new root causes from masked quotes."
        " Empty: none is asked.",
    )
    naming_model: str = Field("", description="Model that `VOC_NAMING_URL` is asked for.")
    naming_key: SecretStr = Field(
        SecretStr(""), description="Key sent to `VOC_NAMING_URL`; empty sends none."
    )

    review_day: int = Field(
        1,
        ge=1,
        le=31,
        description="Day of the month on which `voc schedule run` makes the review of the month before, in"
        " `VOC_TIMEZONE`; a shorter month has it on its last day.",
    )
    review_hour: int = Field(8, ge=0, le=23, description="Hour of that day, 0 to 23.")
    review_formats: str = Field(
        "html,pdf,xlsx",
        description="Formats made and attached to e-mail, separated by commas, the most important first.",
    )
    review_to: str = Field(
        "",
        description="E-mail addresses that get the monthly review, separated by commas; each gets its own.",
    )
    review_max_bytes: int = Field(
        15 * 1024 * 1024,
        gt=0,
        description="Most attachments of one e-mail, in bytes as sent (15 MiB); what does not fit is named in the text.",
    )
    review_webhooks: str = Field(
        "", repr=False, description="Addresses that get the monthly review as a webhook, separated by commas."
    )
    public_url: str = Field(
        "",
        description="Address under which people reach this service, such as `https://voc.example`: links in messages"
        " begin with it. Empty: e-mail has no links, webhooks have paths.",
    )
    smtp_host: str = Field("", description="Mail server that sends the monthly review.")
    smtp_port: int = Field(
        0,
        ge=0,
        le=65535,
        description="TCP port of the mail server; 0: 587 with `starttls`, 465 `tls`, 25 `none`.",
    )
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        description="Encryption to the mail server: `starttls`, `tls` from the first byte, or `none`. Certificates are"
        " checked; a password is never sent in the clear to another machine.",
    )
    smtp_user: str = Field("", description="User at the mail server; empty: no login.")
    smtp_password: SecretStr = Field(SecretStr(""), description="Password of that user.")
    smtp_from: str = Field("", description="Sender of the e-mail. Empty: `VOC_SMTP_USER`.")
    webhook_secret: SecretStr = Field(
        SecretStr(""),
        description="Key that signs webhooks: `whsec_` and 24 to 64 random bytes in base64. Several, separated by commas,"
        " sign side by side while a key is exchanged.",
    )
    webhook_allow_http: bool = Field(
        False,
        description="Whether webhooks may go to `http://` addresses: everybody on the way can read them.",
    )

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (OSError, ValueError, KeyError) as error:
            raise ValueError(f"unknown time zone {name!r}, write it as Asia/Shanghai") from error
        return name

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower_case(cls, level: Any) -> Any:
        return level.lower() if isinstance(level, str) else level

    @field_validator("naming_url", "public_url")
    @classmethod
    def _web_address(cls, url: str) -> str:
        if url and not url.startswith(("http://", "https://")):
            raise ValueError("not a web address, write it as https://host/v1 or https://host")
        return url

    @model_validator(mode="after")
    def _full_database_url(self) -> Self:
        url = self.database_url or f"{_SQLITE_PREFIX}{self.home / 'voc.sqlite3'}"
        for short in ("postgresql://", "postgres://"):
            if url.startswith(short):
                url = _POSTGRES_DRIVER + url.removeprefix(short)
        object.__setattr__(self, "database_url", url)
        return self

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def uses_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    def database_path(self) -> Path | None:
        """The file of a SQLite database, ``None`` for PostgreSQL or a database in memory."""
        path = self.database_url.removeprefix(_SQLITE_PREFIX).partition("?")[0]
        return Path(path) if self.database_url.startswith(_SQLITE_PREFIX) and path else None


def load_settings(**values: Any) -> Settings:
    """Settings of this process; ``values`` (command line options) win over the environment.

    Raises ``SetupError`` naming each wrong setting by its environment name.
    """
    try:
        return Settings(**values)
    except ValidationError as error:
        wrong = [f"VOC_{str(e['loc'][0] if e['loc'] else '').upper()}: {e['msg']}" for e in error.errors()]
        listed = "; ".join(wrong)
        raise SetupError(
            reason=f"设置有误（{listed}），请对照 docs/settings.md 修改环境变量或 .env",
            reason_en=f"wrong settings ({listed}); see docs/settings.md",
        ) from error
