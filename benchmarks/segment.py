"""Segmenter against jieba in one run, on the same text: the ratio is what counts, not the seconds."""

from __future__ import annotations

import csv
import json
import os
import random
import time
from collections.abc import Callable, Iterable
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

import jieba

from models.text.segment import Segmenter

TARGET_RATIO = 15.0
DOC_CHARS = 600
N_DOCS = 200
N_ROUNDS = 5
_SENTENCES = (
    "我在4S店花了3000元做保养，三天以后发动机又开始异响。",
    "客服说24小时内回复，可是到现在也没有任何人联系我。",
    "用户表示对处理结果不满意，要求退还已经扣除的费用。",
    "这款iPhone 15 Pro刚买了2个月，屏幕就出现了闪烁的问题。",
    "宽带安装师傅迟到了1小时20分，态度还特别差！",
    "提车后发现ID.4 CROZZ的车机经常黑屏死机，售后一直推脱责任。",
    "合同里写的是每月99.9元，账单上却扣了¥158，请给我一个合理的解释。",
    "小区物业不作为，电梯坏了半年也没有维修，居民意见很大。",
    "酒店房间隔音很差，前台服务员的态度也比较冷淡。",
    "希望有关部门尽快核实并督促厂家给出具体的解决方案。",
    "我的手机号是[手机]，姓名[姓名]，麻烦尽快给我回个电话。",
    "当时销售承诺保修期内免费更换，现在又说件号19-9的零件不在范围内。",
    "快递员没有打电话就把包裹放在了门口，结果东西被雨淋湿了。",
    "其实我对这个品牌一直印象不错，但是这次的处理方式真的让人失望。",
)


def run() -> dict[str, Any]:
    """Measure both on ``N_DOCS`` texts of 600 characters, the best of five rounds each, in turn.

    ``ratio`` is jieba's time over the segmenter's (protected spans included), ``engine_ratio`` over the bare
    engine's; ``agreement`` is the boundary F1 of the engine against jieba.
    """
    texts, source = _texts()
    segmenter = Segmenter()
    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    best = _best_seconds(
        {"segmenter": segmenter.words, "engine": segmenter._engine.cut, "jieba": tokenizer.lcut}, texts
    )
    ratio = best["jieba"] / best["segmenter"]
    return {
        "name": "segment",
        "source": source,
        "n_docs": len(texts),
        "doc_chars": DOC_CHARS,
        "ratio": round(ratio, 1),
        "engine_ratio": round(best["jieba"] / best["engine"], 1),
        "docs_per_second": round(len(texts) / best["segmenter"]),
        "jieba_docs_per_second": round(len(texts) / best["jieba"]),
        "agreement": round(boundary_f1(segmenter._engine.cut, tokenizer.lcut, texts), 4),
        "target": TARGET_RATIO,
        "met": ratio >= TARGET_RATIO,
    }


def boundary_f1(
    cut: Callable[[str], list[str]], reference: Callable[[str], list[str]], texts: Iterable[str]
) -> float:
    """F1 of the word boundaries of ``cut`` against ``reference``."""
    n_same = n_all = 0
    for text in texts:
        found, expected = (set(accumulate(map(len, words(text)))) for words in (cut, reference))
        n_same += 2 * len(found & expected)
        n_all += len(found) + len(expected)
    return n_same / max(n_all, 1)


def _best_seconds(contenders: dict[str, Callable[[str], list[str]]], texts: list[str]) -> dict[str, float]:
    best = dict.fromkeys(contenders, float("inf"))
    for _ in range(N_ROUNDS):
        for name, cut in contenders.items():
            start = time.process_time()
            for text in texts:
                cut(text)
            best[name] = min(best[name], time.process_time() - start)
    return best


def _texts() -> tuple[list[str], str]:
    """Texts of 600 characters: from the shared data where they are, else built from sentences."""
    root = Path(os.environ.get("VOC_SHARED_DATA") or Path(__file__).parents[2] / "shared" / "data")
    path = root / "car_complaints" / "test.csv"
    if path.exists():
        with path.open(encoding="utf-8-sig", newline="") as rows:
            joined = "\n".join(row["text"] for row in islice(csv.DictReader(rows), 900))
        return _chunks(joined), "car_complaints"
    chosen = random.Random(7).choices(_SENTENCES, k=N_DOCS * DOC_CHARS // 20)
    return _chunks("".join(chosen)), "built sentences"


def _chunks(joined: str) -> list[str]:
    return [joined[at : at + DOC_CHARS] for at in range(0, len(joined) - DOC_CHARS, DOC_CHARS)][:N_DOCS]


if __name__ == "__main__":
    print(json.dumps(run(), ensure_ascii=False, indent=2))
