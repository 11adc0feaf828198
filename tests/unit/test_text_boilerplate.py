from __future__ import annotations

import pytest

from models.text.boilerplate import find_boilerplate, find_urls


def found(text: str) -> list[tuple[str, str]]:
    return [(b.kind, text[b.start : b.end]) for b in find_boilerplate(text)]


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("详见https://example.com/a?b=1，谢谢", "https://example.com/a?b=1"),
        ("访问 www.example.com。", "www.example.com"),
        ("请到www.example.comCEM培训", "www.example.com"),
        ("(shop.example.cn/item/5)", "shop.example.cn/item/5"),
    ],
)
def test_a_url_ends_where_the_address_ends(text: str, url: str) -> None:
    assert [text[b.start : b.end] for b in find_urls(text) if b.kind == "url"] == [url]


@pytest.mark.parametrize("text", ["zhang@example.com", "价格是3.5万", "等一下...好的", "版本1.2.3"])
def test_an_email_address_or_a_number_is_no_url(text: str) -> None:
    assert find_urls(text) == []


def test_image_paths_are_found() -> None:
    assert found("如下图:\n/upload/2020/a_1.jpg\n![图](b.png)") == [
        ("image_path", "/upload/2020/a_1.jpg"),
        ("image_path", "![图](b.png)"),
    ]


@pytest.mark.parametrize("line", ["32", "第 3 页", "第3页 共10页", "- 7 -", "3/12", "Page 2 of 9", "1 2 3 4"])
def test_a_page_number_stands_alone_on_its_line(line: str) -> None:
    assert found(f"正文在这里。\n{line}\n后面还有。") == [("page_number", line)]


def test_a_number_inside_a_sentence_is_no_page_number() -> None:
    assert found("等了32天。\n一共3/12完成了。") == []


@pytest.mark.parametrize(
    "line",
    [
        "2024-03-05 10:20:30",
        "发布时间：2024年3月5日",
        "12 阅读",
        "阅读 120 评论 3 分享",
        "相關鏈接:",
        "上一篇:如何提车",
        "首页 | 新闻 | 2024-03-05 | 评论已关闭",
        "扫码添加企业微信",
        "PDF转换可能丢失图片或格式，建议阅读原文",
    ],
)
def test_page_furniture_is_found_in_both_scripts(line: str) -> None:
    assert found(f"车辆交付以后要回访。\n{line}\n回访记录要保存。") == [("page_furniture", line)]


@pytest.mark.parametrize(
    "line",
    ["我2024年3月5日买的车，现在就坏了", "评论里都说好", "分享一下我的经历", "来源不明的零件装在我车上"],
)
def test_sentences_that_speak_of_such_things_are_text(line: str) -> None:
    assert found(f"车辆交付以后要回访。\n{line}\n回访记录要保存。") == []


def test_a_header_that_runs_beside_page_numbers_is_furniture() -> None:
    text = "服务手册\n4\n先问好。\n服务手册\n5\n再记录。\n服务手册\n6\n最后道谢。"
    kinds = [kind for kind, _ in found(text)]
    assert kinds.count("page_furniture") == 3
    assert kinds.count("page_number") == 3


@pytest.mark.parametrize(
    "line",
    [
        "免责声明：文章由网友上传，与本站无关。",
        "转载请注明出处：某某网",
        "未经许可不得转载。",
        "如有侵权，请联系我们删除。",
        "版权所有 某某公司",
    ],
)
def test_disclaimers_are_found(line: str) -> None:
    assert found(f"以上是全部内容。\n{line}") == [("disclaimer", line)]


def test_a_long_list_of_places_is_found_one_a_line_or_with_bars() -> None:
    lines = "甲山县|\n乙水县|\n丙河市|\n丁林区|\n戊草旗|\n己州省|"
    assert found(f"链接到此。\n{lines}") == [("place_list", lines)]
    assert found("甲山县|乙水县|丙河市|丁林区|戊草旗") == [
        ("place_list", "甲山县|乙水县|丙河市|丁林区|戊草旗")
    ]


def test_a_few_places_in_a_sentence_are_text() -> None:
    assert found("我去过天心区、雨花区、芙蓉区、岳麓区，都说没有配件。") == []


PARAGRAPH = "这款车在高速上开到一百二十的时候方向盘抖动很厉害，去店里做了两次动平衡都没有解决。"
OTHER = "店里的接待让我等了三个多小时，中间没有任何人来说明维修进度，最后还多收了工时费。"


def test_the_second_copy_of_a_paragraph_is_a_repeat_and_the_first_is_text() -> None:
    text = f"{PARAGRAPH}\n{OTHER}\n{PARAGRAPH}\n{PARAGRAPH}"
    spans = [(b.start, b.end) for b in find_boilerplate(text)]
    first = len(PARAGRAPH) + 1 + len(OTHER) + 1
    assert spans == [
        (first, first + len(PARAGRAPH)),
        (first + len(PARAGRAPH) + 1, first + 2 * len(PARAGRAPH) + 1),
    ]


def test_a_nearly_identical_copy_is_a_repeat() -> None:
    changed = PARAGRAPH.replace("很厉害", "特别厉害").replace("，", ",")
    assert found(f"{PARAGRAPH}\n{OTHER}\n{changed}") == [("repeated_paragraph", changed)]


def test_a_different_paragraph_with_the_same_beginning_is_text() -> None:
    assert found(f"{PARAGRAPH}\n{PARAGRAPH[:20]}，但是换了轮胎以后好多了，我还是满意的。") == []


def test_a_heading_inside_a_repeated_block_is_a_repeat() -> None:
    block = f"{PARAGRAPH}\n二、服务\n{OTHER}"
    assert found(f"{block}\n{block}") == [
        ("repeated_paragraph", PARAGRAPH),
        ("repeated_paragraph", "二、服务"),
        ("repeated_paragraph", OTHER),
    ]


def test_courtesy_of_customer_service_is_not_boilerplate() -> None:
    assert found("您好，很高兴为您服务，请问有什么可以帮您？") == []
