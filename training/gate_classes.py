"""Does the service know what to do with the classes of a model?"""

from __future__ import annotations

from data.packs import load_pack, pack_names
from models.artifact.manifest import Manifest
from models.core.errors import PackError
from models.taxonomy.taxonomy import Taxonomy
from training.gate_values import GateCheck

SENTIMENTS = ("negative", "neutral", "positive")
_N_SHOWN = 20


def check_classes(manifest: Manifest, task: str | None) -> GateCheck:
    """The task is the one asked for, and its classes are ones that the service can use."""
    if task is not None and manifest.task != task:
        return GateCheck(
            "classes",
            "refused",
            f"这是任务 {manifest.task} 的模型，不能用于 {task}。请换一个任务名或重新训练。",
            f"The model is of task {manifest.task}, not {task}. Name that task, or train again.",
        )
    if manifest.task.partition(".")[0] == "sentiment":
        return _sentiment_classes(manifest)
    if manifest.task.partition(".")[0] == "category":
        return _taxonomy_classes(manifest)
    return GateCheck(
        "classes", "passed", f"{len(manifest.classes)} 个类别。", f"{len(manifest.classes)} classes."
    )


def _sentiment_classes(manifest: Manifest) -> GateCheck:
    classes = set(manifest.classes)
    if classes - set(SENTIMENTS) or not {"negative", "positive"} <= classes:
        return GateCheck(
            "classes",
            "refused",
            f"情感模型的类别应为 negative、neutral、positive，这里是 {'、'.join(manifest.classes)}。请改标签后重新训练。",
            f"Classes of sentiment are {', '.join(SENTIMENTS)}; these are {', '.join(manifest.classes)}. "
            "Rename the labels and train again.",
        )
    return GateCheck("classes", "passed", "类别正确。", "The classes are right.")


def _taxonomy_classes(manifest: Manifest) -> GateCheck:
    taxonomy = _taxonomy_of(manifest)
    if taxonomy is None:
        return GateCheck(
            "classes",
            "skipped",
            "模型没有类别体系快照，也没有同名的行业包，未检查。",
            "The model has no taxonomy snapshot and there is no such sector pack.",
        )
    mapped = manifest.notes.get("categories_of_classes", {})
    missing = [
        name for name in manifest.classes if mapped.get(name) not in taxonomy and taxonomy.find(name) is None
    ]
    figures = {"taxonomy": f"{taxonomy.name}@{taxonomy.version}", "missing": missing[:_N_SHOWN]}
    if missing:
        return GateCheck(
            "classes",
            "refused",
            f"类别体系 {taxonomy.name} 里没有：{'、'.join(missing[:_N_SHOWN])}。请在行业包里加上名称或别名后重新训练。",
            f"The taxonomy {taxonomy.name} lacks: {', '.join(missing[:_N_SHOWN])}. Add a name or an alias to the "
            "sector pack and train again.",
            figures,
        )
    return GateCheck(
        "classes",
        "passed",
        f"{len(manifest.classes)} 个类别都在类别体系 {taxonomy.name} 里。",
        f"All {len(manifest.classes)} classes stand in the taxonomy {taxonomy.name}.",
        figures,
    )


def _taxonomy_of(manifest: Manifest) -> Taxonomy | None:
    """The snapshot in the model, or the pack of its sector."""
    sector = manifest.task.partition(".")[2]
    try:
        if manifest.taxonomy is not None:
            return Taxonomy.parse(manifest.taxonomy)
        return load_pack(sector).taxonomy if sector in pack_names() else None
    except PackError:
        return None
