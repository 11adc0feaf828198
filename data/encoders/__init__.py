"""The encoder that comes with the project, and how the name in a model becomes an encoder.

``data/encoders/<folder>/`` holds a small encoder tuned on Chinese reviews and complaints in several tasks at
once (see docs/models.md); ``voc models import-encoder`` puts others into ``VOC_HOME/encoders``.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from models.core.errors import ArtifactError, NotFoundError
from models.encoder.folder import MANIFEST, load_encoder_manifest
from models.encoder.onnx_encoder import OnnxEncoder

_ROOT = Path(__file__).parent


def shipped_encoder() -> Path:
    """The folder of the shipped encoder. Raises ``NotFoundError`` where the installation has none."""
    folders = sorted(path.parent for path in _ROOT.glob(f"*/{MANIFEST}"))
    if not folders:
        raise NotFoundError(what="随附的编码器", what_en="shipped encoder", key=str(_ROOT))
    return folders[-1]


def find_encoder(name: str, *, home: Path | None = None) -> OnnxEncoder:
    """The encoder whose manifest carries ``name``, shipped or in ``home/encoders``; one object per folder.

    Raises ``NotFoundError`` naming where it was looked for.
    """
    places = [_ROOT] if home is None else [_ROOT, home / "encoders"]
    for folder in (path.parent for place in places for path in sorted(place.glob(f"*/{MANIFEST}"))):
        try:
            if load_encoder_manifest(folder).name == name:
                return _encoder(folder)
        except ArtifactError:
            continue  # A damaged one is another's trouble: it is told of where it is used.
    raise NotFoundError(
        what="模型所用的编码器（随程序提供的和 VOC_HOME/encoders 里都没有）",
        what_en="the encoder of this model, neither shipped nor in VOC_HOME/encoders",
        key=name,
    )


@lru_cache(maxsize=4)
def _encoder(folder: Path) -> OnnxEncoder:
    return OnnxEncoder(folder)
