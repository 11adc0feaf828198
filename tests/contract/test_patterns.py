"""Possessive repeats and atomic groups never end on Python 3.11.0 to 3.11.4 (python/cpython#106052)."""

import importlib
import pkgutil
import re
from re import _constants, _parser

import pytest

import data
import models
import service
import training

ROOTS = (models, data, service, training)
UNSAFE = {_constants.POSSESSIVE_REPEAT, _constants.ATOMIC_GROUP}


def modules():
    for root in ROOTS:
        for found in pkgutil.walk_packages(root.__path__, f"{root.__name__}."):
            if not found.name.endswith("__main__") and ".migrations." not in found.name:
                yield found.name


def opcodes(parsed):
    for op, argument in parsed:
        yield op
        for part in argument if isinstance(argument, (tuple, list)) else (argument,):
            for inner in part if isinstance(part, list) else (part,):
                if isinstance(inner, _parser.SubPattern):
                    yield from opcodes(inner)


def test_the_check_finds_what_it_looks_for():
    assert UNSAFE & set(opcodes(_parser.parse(r"a(?:b|c(?:d)*+)")))
    assert UNSAFE & set(opcodes(_parser.parse(r"(?>ab)")))
    assert not UNSAFE & set(opcodes(_parser.parse(r"(?:ab)*[*+]+")))


@pytest.mark.parametrize("name", sorted(modules()))
def test_no_pattern_needs_a_newer_python(name):
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        pytest.skip(f"needs {error.name}")
    patterns = [value for value in vars(module).values() if isinstance(value, re.Pattern)]
    texts = [p.pattern for p in patterns if isinstance(p.pattern, str)]
    assert not [text for text in texts if UNSAFE & set(opcodes(_parser.parse(text)))]
