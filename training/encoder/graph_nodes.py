"""Writes ONNX nodes one call at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.core.errors import MissingExtraError

MICROSOFT = "com.microsoft"
_OPSET = 21
_IR_VERSION = 10
"""The oldest that has what is used, so that older runtimes can read the file."""


def import_onnx() -> Any:
    """The package ``onnx``. Raises ``MissingExtraError``."""
    try:
        import onnx
    except ImportError as error:
        raise MissingExtraError(package="onnx", extra="train") from error
    return onnx


class GraphNodes:
    """Collects nodes and constants. Names are counted, so the same calls give the same bytes."""

    def __init__(self) -> None:
        self._onnx = import_onnx()
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._n_names = 0

    def constant(self, values: NDArray[Any] | np.generic, name: str = "") -> str:
        """``name`` is given to weights, so that they can be read back from the file."""
        name = name or self._fresh()
        array = np.ascontiguousarray(values) if np.ndim(values) else np.asarray(values)
        self._constants.append(self._onnx.numpy_helper.from_array(array, name))
        return name

    def int4(self, packed: NDArray[np.uint8], name: str) -> str:
        """Signed 4-bit values, two a byte, the first in the low half: ``packed`` (rows, columns / 2)."""
        kind, shape = self._onnx.TensorProto.INT4, [packed.shape[0], packed.shape[1] * 2]
        self._constants.append(self._onnx.helper.make_tensor(name, kind, shape, packed.tobytes(), raw=True))
        return name

    def ints(self, *values: int) -> str:
        return self.constant(np.array(values, dtype=np.int64))

    def add(self, operator: str, inputs: list[str], *, domain: str = "", **attributes: Any) -> str:
        """Add a node and return the name of its one output."""
        output = self._fresh()
        node = self._onnx.helper.make_node(operator, inputs, [output], domain=domain, **attributes)
        self._nodes.append(node)
        return output

    def model_bytes(self, output: str, *, name: str, dim: int) -> bytes:
        """The file: inputs ``input_ids`` and ``attention_mask`` (batch, tokens), output ``name`` (batch, dim)."""
        helper, kinds = self._onnx.helper, self._onnx.TensorProto
        self._nodes.append(helper.make_node("Identity", [output], [name]))
        inputs = [
            helper.make_tensor_value_info(key, kinds.INT64, ["batch", "tokens"])
            for key in ("input_ids", "attention_mask")
        ]
        outputs = [helper.make_tensor_value_info(name, kinds.FLOAT, ["batch", dim])]
        graph = helper.make_graph(self._nodes, "encoder", inputs, outputs, self._constants)
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(MICROSOFT, 1)]
        model = helper.make_model(
            graph, opset_imports=opsets, ir_version=_IR_VERSION, producer_name="voc-service"
        )
        return bytes(model.SerializeToString(deterministic=True))

    def _fresh(self) -> str:
        self._n_names += 1
        return f"t{self._n_names}"
