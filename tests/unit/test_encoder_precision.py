"""Fits compute in bfloat16 only where the processor is quick at it."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

TYPE_OF_A_PRODUCT = """
import torch
from training.encoder.precision import bfloat16_where_fast

with bfloat16_where_fast():
    print((torch.ones(2, 2) @ torch.ones(2, 2)).dtype)
"""


@pytest.mark.skipif(platform.machine() != "x86_64", reason="limits the instructions of an x86 processor")
def test_a_processor_without_quick_bfloat16_computes_in_float32() -> None:
    pytest.importorskip("torch")
    told = subprocess.run(
        [sys.executable, "-c", TYPE_OF_A_PRODUCT],
        env={**os.environ, "ONEDNN_MAX_CPU_ISA": "AVX2"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "torch.float32"


def test_it_is_bfloat16_where_torch_has_quick_products() -> None:
    torch = pytest.importorskip("torch")
    from training.encoder.precision import bfloat16_where_fast

    quick = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    with bfloat16_where_fast():
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == (torch.bfloat16 if quick else torch.float32)
