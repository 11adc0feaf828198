"""Settings: where they come from, and what is refused."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from models.core.errors import SetupError
from service.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"VOC_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)


def test_defaults_keep_everything_in_home() -> None:
    settings = Settings()
    assert settings.database_url == "sqlite:///var/voc.sqlite3"
    assert settings.database_path() == Path("var/voc.sqlite3")
    assert settings.zone == ZoneInfo("Asia/Shanghai")
    assert settings.uses_sqlite


def test_making_settings_touches_no_disk(tmp_path: Path) -> None:
    Settings(home=tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_the_database_follows_home_unless_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOC_HOME", "/data/voc")
    assert Settings().database_url == "sqlite:////data/voc/voc.sqlite3"
    monkeypatch.setenv("VOC_DATABASE_URL", "sqlite:////elsewhere/a.db")
    assert Settings().database_path() == Path("/elsewhere/a.db")


@pytest.mark.parametrize(
    "url", ["postgres://u:p@h/voc", "postgresql://u:p@h/voc", "postgresql+psycopg://u:p@h/voc"]
)
def test_every_spelling_of_a_postgresql_url_gets_the_driver(url: str) -> None:
    settings = Settings(database_url=url)
    assert settings.database_url == "postgresql+psycopg://u:p@h/voc"
    assert settings.database_path() is None


def test_a_file_of_settings_is_read_and_the_environment_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("VOC_TENANT=甲\nVOC_PORT=9000\nOTHER=1\n", encoding="utf-8")
    monkeypatch.setenv("VOC_PORT", "9001")
    settings = load_settings(host="0.0.0.0")
    assert (settings.tenant, settings.port, settings.host) == ("甲", 9001, "0.0.0.0")


def test_passwords_are_not_shown() -> None:
    settings = Settings(database_url="postgresql://u:hush@h/voc", secret_key="hush")
    assert "hush" not in repr(settings) + str(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("timezone", "Mars/Olympus"),
        ("timezone", "../etc/passwd"),
        ("timezone", ""),
        ("preset", "slow"),
        ("port", "70000"),
        ("workers", "-1"),
        ("max_body_bytes", "0"),
        ("max_text_chars", "many"),
        ("log_level", "loud"),
    ],
)
def test_a_wrong_value_names_its_setting(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"VOC_{name.upper()}", value)
    with pytest.raises(SetupError) as caught:
        load_settings()
    assert f"VOC_{name.upper()}" in caught.value.message("zh")
    assert "docs/settings.md" in caught.value.message("en")
