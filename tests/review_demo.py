"""An invented month of a car maker's contact centre, for tests of the review. Seeded; no text is real."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from data.packs.actions import load_actions
from data.packs.experience import load_experience
from data.packs.indicators import load_indicators
from models.core.month import Month
from models.indicators.row import IndicatorRow
from models.review import (
    CategoryRef,
    CauseFact,
    IntakeCounts,
    MonthFacts,
    PreviousMonth,
    Quote,
    TranscriptFact,
)
from models.review.lived.setup import LivedSetup
from models.review.lived.tally import indicator_row
from models.review.past import CauseMonth, DaySeries, MixCounts, MonthSeries, Past

ZONE = ZoneInfo("Asia/Shanghai")
CHANNELS = (("电话", 46), ("在线客服", 24), ("微信", 15), ("App", 10), ("邮件", 3), ("unknown", 2))
PRODUCTS = ("启程 L5", "启程 L7", "云雀 EV", "云雀 EV Pro", "山岚 SUV", "山岚 PHEV", None)
REGIONS = ("华东", "华南", "华北", "西南", "华中", "西北", "东北")
CATEGORIES = {
    "price.change": ("价格", "变更价格"),
    "service.attitude": ("售后服务", "服务态度"),
    "service.wait": ("售后服务", "等待时间"),
    "quality.infotainment": ("产品质量", "车机与互联"),
    "quality.noise": ("产品质量", "异响"),
    "quality.battery": ("产品质量", "电池与续航"),
    "delivery.delay": ("销售", "交付延期"),
    "parts.shortage": ("售后服务", "配件缺货"),
    "fee.unclear": ("价格", "收费不透明"),
    "quality.paint": ("产品质量", "漆面"),
    "finance.loan": ("金融", "贷款与保险"),
    "app.login": ("数字服务", "App 登录"),
}
CAUSES = (
    # id, name, keywords, category, n, n_voices, previous, state, quotes
    (
        "rc-0041",
        "提车不足一月即降价，差价不予补偿",
        ("降价", "补差价", "老车主", "刚提车"),
        "price.change",
        168,
        121,
        34,
        "linked",
        (
            "我二月二十六号刚提的车，三月八号官网直接便宜了两万，连一个月都没到，你们说这合适吗？",
            "门店当时说这就是全年最低价，让我放心订，现在问就是总部统一调价，补差价没有政策。",
            "不是不让你们降价，是降价之前能不能跟刚提车的人说一声，哪怕补两次保养也行。",
        ),
    ),
    (
        "rc-0017",
        "配件缺货，维修拖延超过两周",
        ("配件", "没货", "等了半个月", "调货"),
        "parts.shortage",
        97,
        95,
        88,
        "linked",
        (
            "前保险杠订了十七天了，每次打电话都说在路上，到底在哪条路上？",
            "车停在你们店里二十天，代步车也没有，我每天打车上班谁来报销？",
        ),
    ),
    (
        "rc-0022",
        "车机黑屏死机，升级后仍反复",
        ("黑屏", "重启", "升级", "导航"),
        "quality.infotainment",
        83,
        83,
        51,
        "linked",
        (
            "高速上导航突然黑屏，过了五六分钟自己又亮了，升级过两次还是这样。",
            "倒车影像出不来，店里说恢复出厂设置就好，回家第二天又黑了。",
        ),
    ),
    (
        "rc-0009",
        "预约保养到店仍需长时间等待",
        ("预约", "等待", "工位", "排队"),
        "service.wait",
        64,
        64,
        98,
        "linked",
        (
            "约的九点，十点四十才上工位，那我预约的意义在哪里？",
            "休息室坐满了人，问了三次都说快了快了，最后等了两个半小时。",
        ),
    ),
    (
        "rc-0063",
        "新款到店，旧款订单交付被一再推迟",
        ("交付", "延期", "排产", "新款"),
        "delivery.delay",
        58,
        57,
        0,
        "new",
        (
            "合同写的三月十号前交车，今天二十五号了，销售让我改订新款，还要加一万二。",
            "先说排产，再说运输，现在说系统里查不到我的车架号，请给我一个准确日期。",
        ),
    ),
    (
        "rc-0030",
        "低速转向时底盘异响",
        ("异响", "咯吱", "底盘", "减速带"),
        "quality.noise",
        41,
        41,
        44,
        "linked",
        ("过减速带右前边咯噔咯噔响，店里试了一圈说正常，我开了十年车这叫正常？",),
    ),
    (
        "rc-0035",
        "结算金额高于报价，工时费说明不清",
        ("工时费", "报价", "结算", "明细"),
        "fee.unclear",
        33,
        33,
        35,
        "linked",
        ("进店报价八百六，结账一千三百五，多出来的工时费没有人提前跟我说过。",),
    ),
    (
        "rc-0066",
        "App 更新后无法登录",
        ("登录", "验证码", "更新"),
        "app.login",
        6,
        6,
        0,
        "new",
        ("更新之后一直提示 <验证码错误>，换了手机号 [手机] 也一样登不上 & 没人管。",),
    ),
    (
        "rc-0052",
        "冬季续航缩水明显",
        ("续航", "低温", "掉电"),
        "quality.battery",
        22,
        22,
        61,
        "linked",
        ("标称五百公里，零度左右跑两百八就报警了，销售当初可不是这么讲的。",),
    ),
)
OTHER_NEGATIVE = (
    ("service.attitude", 61),
    ("quality.paint", 29),
    ("finance.loan", 24),
    ("quality.noise", 17),
    ("app.login", 9),
)


def demo_facts(*, with_previous: bool = True, seed: int = 11) -> MonthFacts:
    """March 2024: a price cut on the 8th, a new cause, one that shrinks, repeats of one complaint text."""
    chance = random.Random(seed)
    transcripts: list[TranscriptFact] = []
    causes = tuple(_cause(row, transcripts, chance) for row in CAUSES)
    for category, n in OTHER_NEGATIVE:
        for _ in range(n):
            _add(transcripts, chance, "negative", category)
    for _ in range(38):
        _add(transcripts, chance, "negative", None)
    for _ in range(1175):
        _add(transcripts, chance, "neutral", None)
    for _ in range(524):
        _add(transcripts, chance, "positive", None)
    previous = PreviousMonth(
        n_transcripts=2206,
        n_negative=574,
        by_channel={"电话": 1095, "在线客服": 498, "微信": 334, "App": 205, "邮件": 74},
        by_category={
            "price.change": 41,
            "parts.shortage": 88,
            "quality.infotainment": 51,
            "service.wait": 98,
            "delivery.delay": 12,
            "quality.noise": 60,
            "fee.unclear": 35,
            "quality.battery": 61,
            "service.attitude": 58,
            "quality.paint": 31,
            "finance.loan": 26,
            "app.login": 8,
        },
        by_cause={row[0]: row[6] for row in CAUSES if row[6]} | {"rc-0048": 27},
        cause_names={row[0]: row[1] for row in CAUSES} | {"rc-0048": "春节期间道路救援响应慢"},
    )
    return MonthFacts(
        month=Month(2024, 3),
        timezone="Asia/Shanghai",
        tenant="启程汽车",
        sector="automotive",
        transcripts=tuple(transcripts),
        previous=previous if with_previous else None,
        causes=causes,
        past=demo_past(transcripts, previous, chance) if with_previous else Past(),
        versions={
            "sentiment": "sentiment.ngram.v1@2f9c1a7",
            "category": "category.ngram.v1@83be0d4",
            "dictionary": "automotive-dictionary 1.0.0",
            "taxonomy": "automotive 1.0.0",
            "rootcause": "rootcause.medoid.v1",
        },
        generated_at=datetime(2024, 4, 1, 1, 30, tzinfo=UTC),
        intake=IntakeCounts(rejected=14, duplicates=63),
    )


def _cause(row: tuple, transcripts: list[TranscriptFact], chance: random.Random) -> CauseFact:
    cause_id, name, keywords, category, n, n_voices, previous, state, quotes = row
    ids = []
    for at in range(n):
        voice = f"{cause_id}-{at % n_voices}"
        ids.append(_add(transcripts, chance, "negative", category, voice=voice))
    exemplars = tuple(Quote(ids[at], 12, 12 + len(text), text) for at, text in enumerate(quotes))
    return CauseFact(
        cause_id,
        name,
        keywords,
        n,
        n_voices,
        None if state == "new" else previous,
        state,
        exemplars,
        tuple(ids),
    )


def _add(
    transcripts: list[TranscriptFact],
    chance: random.Random,
    sentiment: str,
    category: str | None,
    voice: str | None = None,
) -> str:
    at = len(transcripts)
    day = _day(chance, category)
    local = datetime(day.year, day.month, day.day, chance.randint(8, 20), chance.randint(0, 59), tzinfo=ZONE)
    names, weights = zip(*CHANNELS, strict=True)
    channel = chance.choices(names, weights)[0]
    if category == "delivery.delay" and chance.random() < 0.5:
        channel = "微信"
    polarity = {"negative": -0.82, "neutral": 0.02, "positive": 0.74}[sentiment]
    transcripts.append(
        TranscriptFact(
            id=f"t{at:05d}",
            external_id=f"CC-202403-{at:05d}",
            occurred_at=local.astimezone(UTC),
            day=day,
            channel=channel,
            product=chance.choice(PRODUCTS),
            region=chance.choice(REGIONS),
            sentiment=sentiment,
            polarity=polarity + chance.uniform(-0.1, 0.1),
            categories=(CategoryRef(category, CATEGORIES[category]),) if category else (),
            voice=voice or f"v{at}",
            customer=f"c{chance.randint(0, 1900)}",
            n_chars=chance.choice((6, 44, 87, 120, 240, 380)) if chance.random() < 0.1 else 150,
            agent=f"A{at * 7 % 40:03d}",
            segment=("新车主", "老车主", "车队")[at % 3],
            scores={"satisfaction": _score(sentiment, category, at)} if at % 5 < 2 else {},
        )
    )
    return transcripts[-1].id


def _score(sentiment: str, category: str | None, at: int) -> float:
    """1 to 5: low with complaints, lowest about price."""
    level = {"negative": 2.4, "neutral": 3.4, "positive": 4.4}[sentiment]
    level -= {"price.change": 1.0, "service.wait": 0.5}.get(category or "", 0.0)
    return float(min(5, max(1, round(level + at * 37 % 13 / 6 - 1))))


def demo_past(
    transcripts: list[TranscriptFact], previous: PreviousMonth, chance: random.Random, n_months: int = 14
) -> Past:
    """Fourteen months about as the last one was, infotainment lower in the first seven, and 91 days."""

    def near(n: float) -> int:
        return max(0, round(chance.gauss(n, n**0.5)))

    counts = dict(previous.by_category)
    categories = {
        name: tuple(
            near(n * (0.4 if name == "quality.infotainment" and at < 7 else 1)) for at in range(n_months)
        )
        for name, n in counts.items()
    }
    causes = {
        name: tuple(CauseMonth(k, k) for k in (near(n) for _ in range(n_months)))
        for name, n in previous.by_cause.items()
    }
    months = MonthSeries(
        months=tuple(str(Month(2024, 3).shifted(at - n_months)) for at in range(n_months)),
        contacts=tuple(near(2200) for _ in range(n_months)),
        negatives=tuple(near(574) for _ in range(n_months)),
        categories=categories,
        causes=causes,
        looked=(True,) * n_months,
    )
    days = DaySeries(
        first=date(2023, 12, 1),
        contacts=tuple(near(72) for _ in range(91)),
        negatives=tuple(min(40, near(19)) for _ in range(91)),
        categories={name: tuple(near(n / 30) for _ in range(91)) for name, n in counts.items()},
        causes={name: tuple(near(n / 30) for _ in range(91)) for name, n in previous.by_cause.items()},
        looked=(True,) * 91,
    )
    return Past(months, days, _demo_mix(transcripts, previous))


def _demo_mix(transcripts: list[TranscriptFact], previous: PreviousMonth) -> MixCounts:
    """Last month's contacts in this month's mix, with fewer from WeChat."""
    contacts: Counter[tuple[str, str, str]] = Counter()
    for at in range(previous.n_transcripts):
        fact = transcripts[at % len(transcripts)]
        channel = "电话" if fact.channel == "微信" and at % 2 else fact.channel
        contacts[channel, fact.product or "", fact.region or ""] += 1
    strata = sorted(contacts)

    def spread(n: int) -> dict[tuple[str, str, str], int]:
        found: Counter[tuple[str, str, str]] = Counter()
        at = 0
        while n:
            stratum = strata[at * 11 % len(strata)]
            if found[stratum] < contacts[stratum]:
                found[stratum] += 1
                n -= 1
            at += 1
        return dict(found)

    return MixCounts(
        contacts,
        {name: spread(n) for name, n in previous.by_category.items()},
        {name: spread(n) for name, n in previous.by_cause.items()},
    )


def _day(chance: random.Random, category: str | None) -> date:
    first = date(2024, 3, 1)
    if category == "price.change":
        return first + timedelta(days=min(30, 7 + int(chance.expovariate(0.16))))
    day = first + timedelta(days=chance.randint(0, 30))
    return (
        day if day.weekday() < 5 or chance.random() < 0.5 else first + timedelta(days=chance.randint(0, 30))
    )


LIVED_TEXT = (
    "您好，这里是启程汽车\n"
    "保养等了三个小时，说好下午取车，到晚上都没好\n"
    "垃圾，我要去12315投诉，再也不来了，以后去别家\n"
    "要我说，你们该多放几把椅子"
)
"""The words below are found in it by their text, so that no span can drift."""


def lived_facts(**options: bool) -> MonthFacts:
    """The same month, its transcripts read for experience but for every tenth."""
    facts = demo_facts(**options)
    return replace(facts, transcripts=tuple(_lived(fact, at) for at, fact in enumerate(facts.transcripts)))


def lived_setup() -> LivedSetup:
    """The automotive pack's, with rows of last month."""
    indicators = load_indicators("automotive")
    facts = demo_facts(with_previous=False, seed=12)

    def past() -> Iterator[IndicatorRow]:
        for at, fact in enumerate(facts.transcripts[:400]):
            yield indicator_row(_lived(fact, at), "2024-02")

    return LivedSetup(
        catalog=load_experience("automotive"),
        registry=indicators.registry,
        library=load_actions("automotive"),
        protection=indicators.protection,
        churn_reference=indicators.churn_reference,
        past=past,
    )


def _lived(fact: TranscriptFact, at: int) -> TranscriptFact:
    store = f"{'甲乙丙丁'[at % 4]}店"
    if at % 10 == 9:
        return replace(fact, text=LIVED_TEXT, store=store)
    bad = fact.sentiment == "negative"
    marks = [_mark("step", "handover", "取车"), _mark("touchpoint", "call_centre", "您好")]
    marks.append(_mark("survey", "on_time", "取车", detail="no" if bad else "yes"))
    if bad:
        marks += [_mark("promise", "broken", "说好下午取车"), _mark("wait", "told", "三个小时", amount=180.0)]
        marks += [_mark("exposure", "hotline12315", "12315"), _mark("churn", "competition", "去别家")]
        marks += [_mark("demand", "compensation", "投诉"), _mark("signal", "suggestion", "椅子")]
    felt = {"handover": ("没好", -0.8 if bad else 0.5), "follow_up": ("垃圾", -0.9 if bad else 0.0)}
    steps = [
        {
            "step": step,
            "turn": 1,
            "span": _span(said),
            "polarity": value,
            **({"felt": {"span": _span(said)}} if value else {}),
        }
        for step, (said, value) in felt.items()
    ]
    measures = {
        "journey": {"steps": steps, "missed": int(bad), "hit": int(not bad)},
        "peak_end": {"score": fact.polarity, "mean": fact.polarity, "n": 3},
        "effort": {"score": 0.4 if bad else 0.0, "kinds": {"repeat": 1} if bad else {}},
    }
    return replace(fact, text=LIVED_TEXT, store=store, experience={"marks": marks, "measures": measures})


def _span(said: str) -> list[int]:
    start = LIVED_TEXT.index(said)
    return [start, start + len(said)]


def _mark(kind: str, value: str, said: str, **more: object) -> dict[str, object]:
    return {"kind": kind, "value": value, "span": _span(said), "turn": 1, **more}
