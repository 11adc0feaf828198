"""Threats to go public or to an authority, one mark per turn and place named.

The words of places are data of the pack: ``options.words`` of the nodes of the facet ``exposure``. A place that is merely mentioned,
praised, or advised by staff is no threat.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from models.experience.facets import Facet
from models.experience.mark import Mark
from models.experience.told import Told, ToldClause
from models.taxonomy.phrases import PhraseFinder

EXPOSURE = "exposure"
_THREAT = re.compile(
    r"报了?名(?=了|$)|爆料|线索|加(?:了)?我|监督电话|投诉电话|举报电话|约好|聊过|打过|感兴趣|兴趣|关注|跟进|采访|打(?!开|不|算|印|车|扫|包|折|工)|找|去|告|投诉|举报|反映|反应|发(?!现|票|生|货|的|了个粉)|挂|曝光|爆光|申诉|上(?:了|去|个|条|一|网|抖|微|小|头|热|电|新|法|访|传|报)|见(?!过|面礼|了|到)|填|报(?!销|价|名|修)|请|说说|评评理|评理|维权|起诉|走|寄|传|放|剪|录|拍|晒|放到|贴|写|给.{0,6}看|上$|谈|找你|处理你|收拾|熟得很|找得到人|有人|认识|起底|通报|备案|介入|查你|奉陪|等着|送|提交|联系|咨询"
)
_ONLINE = re.compile(
    r"不删|不撤|置顶|点赞(?:都|已经)|阅读|播放|浏览|转发(?:都|已|过)|发(?:完|好)|写好|编辑好|存着|发(?:到|在|上|个|条|一|出去|给|微|抖|小红|朋友|网|视频|帖|快手)|挂|曝光|爆光|爆料|上(?:传|去|抖|热|网|微|小红|头条|$)|让(?:大家|所有|网友|全国|全网|更多|人)|避雷|避坑|笔记|帖|大家看|都看|评评|评理|说道|吐槽|传(?:到|上)|放(?:到|上|网)|贴(?:到|上|出)|投诉|网友|见$|直播(?:出去|你们)|写(?:上|到|个|篇|出)|剪|录|念|说说|闹|揭"
)
_POSITIVE = re.compile(r"好评|表扬|推荐|夸|点赞|点个赞|感谢|锦旗|表彰|种草|宣传宣传")
_ADVICE = re.compile(
    r"(?:你|你们|您|客服|他|她|他们)(?:倒|还|反倒|居然|竟然)?(?:教|让|叫|建议|劝|说|要|告诉)(?:我|您)[^，。]{0,4}$"
)
_DENIED = re.compile(
    r"(?:不会|不想|不愿|没有?|没想|别|不是要|不用|无需|不打算|不必|又不|不至于|犯不着|没到|没打算|还没想|懒得|不去|不找|不打|不走|不上)[^，。]{0,4}$"
)
_SEEN = re.compile(
    r"(?:看到|看见|刷到|看了|看的|刷|买的|订的|下单|下的单|买了|订了|种草|搜|关注|推送|推广|上吹|冲着|通过|链接|团购|团的|券|充值|付|办的|约的|预约|查|加我|加了|号上|消息|通知|平台买|直播间|主播|广告|登录|扫码|以前|别家|有人转|有人发|活动|转发)"
)
_OWN_PEOPLE = re.compile(
    r"(?:我|闺女|女儿|儿子|老公|老婆|媳妇|爱人|朋友|同学|亲戚|[哥弟姐妹舅叔姑姨]|邻居|战友|单位)[^，。]{0,6}(?:就|可|正好|刚好|也)?(?:是|在|当|跑)[^，。]{0,5}$"
)
_PLAIN = frozenset({"internet"})
_SURE = re.compile(
    r"曝光|爆光|举报|起诉|打官司|告你们|告上|法律途径|法律程序|法律手段|法律武器|走法律|律师函|见$|法庭|仲裁|报警|诉讼|去告|告到底|上热搜|热搜见"
)


@lru_cache(maxsize=32)
def finder_of(words: tuple[tuple[str, str], ...]) -> tuple[PhraseFinder, dict[int, str]]:
    """What finds the words, and the node of each by its number."""
    finder = PhraseFinder(word for word, _ in words)
    return finder, {finder.number[word.lower()]: node for word, node in words}


@lru_cache(maxsize=64)
def words_of(facet: Facet | None, option: str) -> tuple[tuple[str, str], ...]:
    """Words of an option of all nodes, each with its node."""
    if facet is None:
        return ()
    return tuple((str(word), node.id) for node in facet.nodes for word in node.options.get(option, ()))


def find_threats(told: Told, facet: Facet) -> Iterator[Mark]:
    """Marks of kind ``exposure`` in the customer's turns."""
    words = words_of(facet, "words")
    if not words:
        return
    finder, node_of = finder_of(words)
    if next(iter(finder.find(told.text)), None) is None:
        return
    seen: set[tuple[int, str]] = set()
    for number, clause in enumerate(told.clauses):
        if clause.speaker != "customer":
            continue
        for hit in finder.find(clause.text):
            node = node_of[hit.phrase]
            if (clause.turn, node) not in seen and _is_threat(told, number, hit.start, hit.end, node):
                seen.add((clause.turn, node))
                start, end = _threat_span(clause, hit.start, hit.end)
                yield Mark(EXPOSURE, node, start, end, turn=clause.turn, polarity=clause.polarity)


def _is_threat(told: Told, number: int, start: int, end: int, node: str) -> bool:
    clause = told.clauses[number]
    text = clause.text
    before = text[max(0, start - 14) : start]
    behind = re.split(r"[。！？!?\n]", told.text[clause.start + end : clause.start + end + 18])[0]
    if _ADVICE.search(before) or _DENIED.search(before) or _POSITIVE.search(text):
        return False
    word = text[start:end]
    if word.startswith("告") and before[-1:] in tuple("广报公警预被转"):
        return False
    if node not in _PLAIN and _OWN_PEOPLE.search(before):
        return True
    if _SURE.search(word):
        return not _asked_about(behind)
    if node in _PLAIN and _SEEN.search(before + word + behind) and not _SURE.search(text):
        return False
    if node in _PLAIN:
        return bool(_ONLINE.search(before + word + behind)) and not _asked_about(behind)
    return bool(
        _THREAT.search(before) or _THREAT.search(word) or _THREAT.search(behind)
    ) and not _asked_about(behind)


def _asked_about(behind: str) -> bool:
    return bool(re.match(r"[^，。]{0,6}(?:是什么|怎么走|电话多少|在哪)", behind))


def _threat_span(clause: ToldClause, start: int, end: int) -> tuple[int, int]:
    """The words with what stands just around them, at most the clause."""
    return clause.start + max(0, start - 8), clause.start + min(len(clause.text), end + 10)
