"""A promised time beside the time it took."""

import pytest

from models.experience.promises_times import compared


@pytest.mark.parametrize(
    ("promised", "came", "verdict"),
    [
        ("四十分钟", "三十五分钟就好", "kept"),
        ("三天送到", "第八天才到", "broken"),
        ("四点", "三点五十就妥了", "kept"),
        ("五天里返回来", "第四天", "kept"),
        ("十点到", "十一点半才到", "broken"),
        ("首年免年费", "账单三百块", "broken"),
        ("十年不锈", "两年就起泡了", "broken"),
        ("马上就上", "上了四十分钟", "broken"),
        ("三天", "我很满意", ""),
    ],
)
def test_later_or_dearer_than_promised_is_broken(promised: str, came: str, verdict: str) -> None:
    assert compared(promised, came) == verdict
