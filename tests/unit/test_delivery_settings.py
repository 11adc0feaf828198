"""Receivers and keys as the settings name them: what is wrong is said in Chinese, and secrets are not."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from models.core.errors import SetupError
from service.delivery.receivers import need_receivers, read_receivers
from service.delivery.running import review_formats
from service.delivery.signing import read_keys
from service.settings import Settings

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MAIL = {"smtp_host": "smtp.example.com", "smtp_from": "客户之声 <voc@example.com>"}


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"VOC_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)


def settings(**values: Any) -> Settings:
    return Settings(_env_file=None, **values)


def test_lists_are_read_with_either_comma_and_each_receiver_comes_once() -> None:
    found = read_receivers(
        settings(
            review_to="a@x.cn，张三 <b@x.cn>; a@x.cn",
            review_webhooks="https://h.example/in, https://h.example:8443/in",
            webhook_secret=SECRET,
            **MAIL,
        )
    )
    assert [receiver.address for receiver in found] == [
        "a@x.cn",
        "b@x.cn",
        "https://h.example/in",
        "https://h.example:8443/in",
    ]


def test_a_webhook_is_shown_without_its_path_and_two_paths_of_a_host_differ() -> None:
    found = read_receivers(
        settings(
            review_webhooks="https://h.example/hook?token=hush,https://h.example/hook?token=other",
            webhook_secret=SECRET,
        )
    )
    assert all(receiver.id.startswith("https://h.example/…#") for receiver in found)
    assert len({receiver.id for receiver in found}) == 2
    assert "hush" not in repr(found)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({}, "VOC_REVIEW_TO"),
        ({"review_to": "a@x.cn"}, "VOC_SMTP_HOST"),
        ({"review_to": "a@x.cn", "smtp_host": "h"}, "VOC_SMTP_FROM"),
        ({"review_to": "张三", **MAIL}, "VOC_REVIEW_TO"),
        ({"review_to": "a@x.cn b@x.cn", **MAIL}, "VOC_REVIEW_TO"),
        ({"review_to": "a@x.cn", **MAIL, "smtp_password": "hush"}, "VOC_SMTP_USER"),
        ({"review_to": "a@x.cn", **MAIL, "smtp_user": "u"}, "VOC_SMTP_PASSWORD"),
        (
            {
                "review_to": "a@x.cn",
                **MAIL,
                "smtp_user": "u",
                "smtp_password": "hush",
                "smtp_security": "none",
            },
            "VOC_SMTP_SECURITY",
        ),
        (
            {"review_to": "a@x.cn", **MAIL, "smtp_user": "u", "smtp_password": "hush密码"},
            "VOC_SMTP_PASSWORD",
        ),
        ({"review_webhooks": "https://h.example/in"}, "VOC_WEBHOOK_SECRET"),
        ({"review_webhooks": "https://h.example/in", "webhook_secret": "hush"}, "VOC_WEBHOOK_SECRET"),
        ({"review_webhooks": "http://h.example/hush", "webhook_secret": SECRET}, "VOC_WEBHOOK_ALLOW_HTTP"),
        ({"review_webhooks": "ftp://h.example/hush", "webhook_secret": SECRET}, "VOC_REVIEW_WEBHOOKS"),
        ({"review_webhooks": "https://u:hush@h.example/in", "webhook_secret": SECRET}, "VOC_REVIEW_WEBHOOKS"),
        ({"review_webhooks": "https://h.example:port/hush", "webhook_secret": SECRET}, "VOC_REVIEW_WEBHOOKS"),
    ],
)
def test_what_is_wrong_is_named_in_chinese_and_without_secrets(values: dict[str, Any], named: str) -> None:
    with pytest.raises(SetupError) as caught:
        need_receivers(settings(**values))
    said = caught.value.message("zh")
    assert named in said and any("\u4e00" <= char <= "\u9fff" for char in said)
    assert named in caught.value.message("en")
    assert "hush" not in said + caught.value.message("en")


def test_a_password_may_go_in_the_clear_to_this_machine_alone() -> None:
    login = {"smtp_user": "u", "smtp_password": "p", "smtp_security": "none", "smtp_from": "v@x.cn"}
    assert read_receivers(settings(review_to="a@x.cn", smtp_host="127.0.0.1", **login))
    assert read_receivers(settings(review_to="a@x.cn", smtp_host="localhost", **login))


def test_http_goes_where_it_is_allowed() -> None:
    values = {"review_webhooks": "http://h.example/in", "webhook_secret": SECRET}
    assert read_receivers(settings(**values, webhook_allow_http=True))[0].address == "http://h.example/in"


@pytest.mark.parametrize("n_bytes", [1, 23, 65])
def test_a_key_of_a_length_that_the_specification_forbids_is_refused(n_bytes: int) -> None:
    secret = "whsec_" + base64.b64encode(b"k" * n_bytes).decode()
    with pytest.raises(SetupError) as caught:
        read_keys(SecretStr(secret))
    assert secret not in caught.value.message("zh") + caught.value.message("en")


@pytest.mark.parametrize("formats", ["html,tiff", "", " , "])
def test_formats_that_do_not_exist_are_refused_by_the_name_of_the_setting(formats: str) -> None:
    with pytest.raises(SetupError) as caught:
        review_formats(settings(review_formats=formats))
    assert "VOC_REVIEW_FORMATS" in caught.value.message("zh")


def test_formats_keep_their_order() -> None:
    assert review_formats(settings(review_formats="PDF, html,pdf")) == ("pdf", "html")


def test_no_secret_is_in_the_text_of_the_settings() -> None:
    made = settings(
        smtp_password="hush", webhook_secret="whsec_hush", review_webhooks="https://h.example/hush"
    )
    assert "hush" not in repr(made) + str(made)
