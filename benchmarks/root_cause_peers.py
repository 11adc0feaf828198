"""Root causes of real complaints beside other people's clustering: ``python -m benchmarks.root_cause_peers``.

Three readings of the shared public data. Car complaints: adjusted mutual information of causes and problem types,
without labels and without a number of causes, over several seeds, beside k-means, BERTopic and EVoC in the same
run. Shopping: V-measure of ten groups and categories. Citizens' messages: where the topics that readers agree on
come up. Writes ``benchmarks/results/root-cause-peers-<date>.json`` and ``.md``.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from benchmarks.__main__ import RESULTS, _about
from benchmarks.models_tasks import shared_data
from benchmarks.root_cause_peers_table import to_markdown
from benchmarks.root_cause_texts import Prepared, car_complaints, prepare, read_rows, shopping_negatives
from benchmarks.root_cause_vectors import FileCache, KeptVectors
from models.rootcause.discover import discover
from models.rootcause.grouping import DiscoverConfig
from models.rootcause.texts import clause_units, cluster_texts
from models.rootcause.vectors import Encoder, UseEncoder, Vectors, combine
from service.building import build_analyzer
from service.settings import load_settings

SEEDS = (0, 1, 2, 3, 4)
"""0 is the shipped one."""
N_MEANS = 48
TOPICS = {
    "mixing plant": "搅拌",
    "forced parking spaces": "景园|捆绑",
    "housing subsidy": "购房补贴|人才.{0,20}补贴",
    "car-loan fraud": "车贷",
}
"""Topics that the data's own description names, and words that tell them."""

Labels = NDArray[np.int64]
Peer = Callable[[Prepared, Vectors, int], Labels]


def main(arguments: list[str] | None = None) -> int:
    """Run, print and write. Exit code 2 without the shared data."""
    parser = argparse.ArgumentParser(
        description="root causes of public texts beside other people's clustering"
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the result files")
    parser.add_argument("--vectors", type=Path, help="folder to keep vectors in")
    options = parser.parse_args(arguments)
    if not shared_data().is_dir():
        print(f"no shared data at {shared_data()}: set VOC_SHARED_DATA")
        return 2
    about = _about()
    cache = FileCache(options.vectors) if options.vectors else None
    encoder = KeptVectors(UseEncoder(), cache)
    figures: dict[str, Any] = {"about": about}
    parts = {
        "car_complaints": lambda: compare_car_complaints(encoder, options.seeds),
        "hot_topics": lambda: hot_topics(encoder),
        "shopping": lambda: shopping(encoder),
    }
    for name, run in parts.items():
        figures[name] = run()
        _write(options.out, figures)
        if cache:
            cache.save()
    return 0


def compare_car_complaints(encoder: Encoder, seeds: Sequence[int]) -> dict[str, Any]:
    """Ours by seed, with both segmenters, and the peers by seed."""
    rows = car_complaints()
    contenders: dict[str, Any] = {}
    prepared = {sector: prepare(rows, _analyzer(sector)) for sector in ("generic", "automotive")}
    for sector, given in prepared.items():
        own = seeds if sector == "generic" else seeds[:1]
        contenders[f"voc cluster ({sector} words)"] = [
            {"seed": seed, **_ours(given, encoder, seed)} for seed in own
        ]
    given = prepared["generic"]
    vectors = UseEncoder().encode(list(given.texts))
    for name, (needs, peer) in PEERS.items():
        if missing := [module for module in needs if find_spec(module) is None]:
            contenders[name] = {"not_run": f"not installed: {', '.join(missing)} (pip install '.[bench]')"}
            continue
        contenders[name] = [{"seed": seed, **_theirs(peer, given, vectors, seed)} for seed in seeds]
        print(name, contenders[name], flush=True)
    return {
        "n": len(rows),
        "n_types": len(set(given.labels)),
        "contenders": contenders,
        "versions": {name: _version(name) for name in ("bertopic", "evoc", "umap-learn", "hdbscan")},
    }


def shopping(encoder: Encoder) -> dict[str, Any]:
    """``voc cluster --k 10`` of the negative reviews against their category."""
    from sklearn.metrics import v_measure_score

    given = prepare(shopping_negatives(), _analyzer("generic"))
    found = cluster_texts(given.texts, given.words, encoder=encoder, k=10)
    labels = np.array(found.labels)
    return {
        "n": len(labels),
        "v_measure": round(float(v_measure_score(given.labels, labels)), 4),
        "unassigned": round(float((labels < 0).mean()), 4),
        "causes": list(found.names),
    }


def hot_topics(encoder: Encoder) -> dict[str, Any]:
    """The four topics in the whole file, and each in the month that has most of its messages."""
    messages = _messages()
    listed = heated(messages, range(len(messages.texts)), encoder)
    return {
        "n": len(messages.texts),
        "n_listed": len(listed),
        "whole file": {name: locate(listed, messages.matching(words)) for name, words in TOPICS.items()},
        "its month": {
            name: _in_its_month(messages, messages.matching(words), encoder) for name, words in TOPICS.items()
        },
    }


@dataclass(frozen=True, slots=True)
class Messages:
    """Texts with their words, and per text likes, day number, month and person."""

    texts: Sequence[str]
    words: Sequence[Sequence[str]]
    likes: Sequence[float]
    days: Sequence[float]
    months: Sequence[str]
    people: Sequence[str]

    def matching(self, words: str) -> set[int]:
        """Which texts hold the regular expression ``words``."""
        return {i for i, text in enumerate(self.texts) if re.search(words, text, re.DOTALL)}


class Listed(NamedTuple):
    """A root cause or a hot topic: its name, its texts and its heat."""

    name: str
    is_topic: bool
    texts: frozenset[int]
    heat: float


def heated(messages: Messages, rows: Iterable[int], encoder: Encoder) -> list[Listed]:
    """Causes and hot topics of ``rows`` together, hottest first, by what ``discover`` says."""
    ids = {f"{row:06d}": row for row in rows}
    units = [
        u for key, row in ids.items() for u in clause_units(key, messages.texts[row], messages.words[row])
    ]
    found = discover(
        units,
        month="2024-01",
        encoder=encoder,
        reach={key: messages.likes[row] for key, row in ids.items()},
        when={key: messages.days[row] for key, row in ids.items()},
        who={key: messages.people[row] for key, row in ids.items()},
    )
    own: dict[str, set[int]] = {}
    for assigned in found.assignments:
        own.setdefault(assigned.cause_id, set()).add(ids[assigned.transcript_id])
    listed = [
        Listed(cause.name, False, frozenset(own.get(cause.id, ())), cause.heat) for cause in found.causes
    ]
    listed += [
        Listed(
            str(topic["name"]), True, frozenset(ids[i] for i in topic["transcript_ids"]), float(topic["heat"])
        )
        for cause in found.causes
        for topic in cause.hot_topics
    ]
    return sorted(listed, key=lambda item: (-item.heat, item.name))


def _messages() -> Messages:
    rows = list(read_rows("hot_topics/messages.csv"))
    given = prepare([(f"{row['title']}。{row['text']}", "") for row in rows], _analyzer("generic"))
    dates = [date(*(int(part) for part in re.split("[-/ ]", row["time"])[:3])) for row in rows]
    return Messages(
        given.texts,
        given.words,
        [float(row["likes"] or 0) for row in rows],
        [float(day.toordinal()) for day in dates],
        [f"{day:%Y-%m}" for day in dates],
        [row["user"] for row in rows],
    )


def locate(listed: Sequence[Listed], hits: set[int]) -> dict[str, Any]:
    """The cause or topic most like the texts ``hits`` (Jaccard index), its rank by heat among all listed, its purity
    (share of its texts that are hits) and what part of the hits it holds."""
    likeness = [len(item.texts & hits) / max(len(item.texts | hits), 1) for item in listed]
    if not hits or not listed or not max(likeness):
        return {"n_texts": len(hits), "cause": None}
    best = likeness.index(max(likeness))
    item = listed[best]
    return {
        "n_texts": len(hits),
        "cause": item.name,
        "is_topic": item.is_topic,
        "n_of_cause": len(item.texts),
        "held": round(len(item.texts & hits) / len(hits), 4),
        "purity": round(len(item.texts & hits) / len(item.texts), 4),
        "rank_by_heat": best + 1,
        "n_listed": len(listed),
        "examples": sorted(item.texts)[:20],
    }


def _in_its_month(messages: Messages, hits: set[int], encoder: Encoder) -> dict[str, Any]:
    counts = Counter(messages.months[row] for row in hits)
    month = min(counts, key=lambda name: (-counts[name], name))
    rows = [row for row, name in enumerate(messages.months) if name == month]
    return {"month": month, "n_rows": len(rows), **locate(heated(messages, rows, encoder), hits & set(rows))}


def score(truth: Sequence[str], labels: Labels) -> dict[str, Any]:
    """Adjusted mutual information: over assigned rows; over all, the unassigned as one group, or each alone."""
    from sklearn.metrics import adjusted_mutual_info_score

    known = np.unique(np.array(truth), return_inverse=True)[1]
    there = labels >= 0
    alone = np.where(there, labels, labels.max(initial=-1) + 1 + np.arange(len(labels)))
    return {
        "n_causes": len(np.unique(labels[there])),
        "unassigned": round(1 - float(there.mean()), 4),
        "ami_assigned": round(float(adjusted_mutual_info_score(known[there], labels[there])), 4),
        "ami_all_one_group": round(float(adjusted_mutual_info_score(known, np.where(there, labels, -1))), 4),
        "ami_all_singletons": round(float(adjusted_mutual_info_score(known, alone)), 4),
    }


def _ours(given: Prepared, encoder: Encoder, seed: int) -> dict[str, Any]:
    config = DiscoverConfig()
    config = replace(config, consensus=replace(config.consensus, seed=seed))
    started = time.perf_counter()
    found = cluster_texts(given.texts, given.words, encoder=encoder, config=config)
    seconds = time.perf_counter() - started
    figures = {**score(given.labels, np.array(found.labels)), "seconds": round(seconds, 1)}
    print(f"seed {seed}: {figures}", flush=True)
    return figures


def _theirs(peer: Peer, given: Prepared, vectors: Vectors, seed: int) -> dict[str, Any]:
    started = time.perf_counter()
    labels = peer(given, vectors, seed)
    return {**score(given.labels, labels), "seconds": round(time.perf_counter() - started, 1)}


def k_means(given: Prepared, vectors: Vectors, seed: int) -> Labels:
    """48 groups of USE vectors beside latent semantic analysis of TF-IDF words, both of length 1."""
    from sklearn.cluster import KMeans
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    table = TfidfVectorizer(analyzer=list, min_df=2, sublinear_tf=True).fit_transform(given.words)
    lexical = TruncatedSVD(200, random_state=seed).fit_transform(table)
    joint = combine([(vectors, 1.0), (lexical.astype(np.float32), 1.0)])
    with threadpool_limits(limits=1):
        return np.asarray(KMeans(N_MEANS, n_init=10, random_state=seed).fit_predict(joint), dtype=np.int64)


def bertopic(given: Prepared, vectors: Vectors, seed: int) -> Labels:
    """Its defaults for ``language="multilingual"``, words given, its own UMAP with a seed."""
    from bertopic import BERTopic
    from sklearn.feature_extraction.text import CountVectorizer
    from umap import UMAP

    umap = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=seed)
    joined = [" ".join(own) for own in given.words]
    cut = CountVectorizer(tokenizer=str.split, token_pattern=None)
    model = BERTopic(language="multilingual", umap_model=umap, vectorizer_model=cut)
    return np.asarray(model.fit_transform(joined, embeddings=vectors)[0], dtype=np.int64)


def evoc(given: Prepared, vectors: Vectors, seed: int) -> Labels:
    """Its defaults."""
    from evoc import EVoC

    return np.asarray(EVoC(random_state=seed).fit_predict(vectors), dtype=np.int64)


PEERS: dict[str, tuple[tuple[str, ...], Peer]] = {
    "k-means 48, USE + TF-IDF SVD": ((), k_means),
    "BERTopic, USE": (("bertopic", "umap"), bertopic),
    "EVoC, USE": (("evoc",), evoc),
}


def _analyzer(sector: str) -> Any:
    return build_analyzer(load_settings(sector=sector))


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _write(folder: Path, figures: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"root-cause-peers-{figures['about']['date'][:10]}.json"
    path.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    path.with_suffix(".md").write_text(to_markdown(figures), encoding="utf-8")
    print(path.with_suffix(".md").read_text(encoding="utf-8"), path, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
