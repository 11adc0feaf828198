"""The wheel holds every resource, and the image is built as it should be. Nothing is built here: that is slow."""

from __future__ import annotations

import re
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from setuptools import find_namespace_packages

ROOT = Path(__file__).parents[2]
PACKAGES = ("service", "models", "training", "data")
CODE = {".py", ".pyc"}
SECRET = re.compile(r"KEY|SECRET|PASSWORD|TOKEN|DATABASE_URL", re.IGNORECASE)


def setuptools_tables() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]


def packaged_folders() -> dict[Path, str]:
    found = find_namespace_packages(str(ROOT), **setuptools_tables()["packages"]["find"])
    return {ROOT / name.replace(".", "/"): name for name in found}


def is_packaged(path: Path, folders: dict[Path, str], patterns: dict[str, list[str]]) -> bool:
    """Whether a pattern of the package that ``path`` lies in, or of one above it, matches.

    A pattern is matched part by part, as setuptools does; ``*`` as a package means every package.
    """
    for folder in path.parents:
        if folder in folders:
            parts = path.relative_to(folder).parts
            wanted = [*patterns.get("*", []), *patterns.get(folders[folder], [])]
            for pattern in wanted:
                expected = pattern.split("/")
                if len(expected) == len(parts) and all(map(fnmatchcase, parts, expected)):
                    return True
    return False


def resource_files() -> list[Path]:
    return [
        path
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*"))
        if path.is_file() and path.suffix not in CODE and not path.name.startswith(".")
    ]


def test_every_resource_of_the_packages_is_in_the_wheel() -> None:
    folders, patterns = packaged_folders(), setuptools_tables()["package-data"]
    left_out = [path for path in resource_files() if not is_packaged(path, folders, patterns)]
    assert [str(path.relative_to(ROOT)) for path in left_out] == []


def test_the_resources_that_the_service_reads_are_among_them() -> None:
    names = {str(path.relative_to(ROOT)) for path in resource_files()}
    for wanted in (
        "data/packs/public-service/taxonomy.yaml",
        "data/packs/automotive/dictionary.txt",
        "data/samples/phrases/automotive.yaml",
        "models/rootcause/generic_words.txt",
        "models/text/pii/resources/surnames.txt",
        "service/reviews/templates/review.html",
        "service/reviews/templates/review.css",
    ):
        assert wanted in names
    for task in ("sentiment", "category.automotive", "category.public-service"):
        assert any(
            name.startswith(f"data/artifacts/{task}/") and name.endswith("manifest.json") for name in names
        )


def test_a_file_that_no_pattern_names_would_be_noticed() -> None:
    folders = {Path("/x/data"): "data", Path("/x/data/artifacts"): "data.artifacts"}
    patterns = {"*": ["*.yaml"], "data.artifacts": ["*/*/*.json"]}
    assert is_packaged(Path("/x/data/a.yaml"), folders, patterns)
    assert is_packaged(Path("/x/data/artifacts/category.a/v1/m.json"), folders, patterns)
    assert not is_packaged(Path("/x/data/category.a/v1/m.json"), folders, patterns)
    assert not is_packaged(Path("/x/data/artifacts/category.a/m.json"), folders, patterns)
    assert not is_packaged(Path("/x/data/packs/a.yaml"), folders, patterns)
    assert not is_packaged(Path("/x/data/a.toml"), folders, patterns)


def test_every_folder_with_code_is_a_package() -> None:
    folders = packaged_folders()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            assert path.parent in folders, path


def test_nothing_but_the_four_packages_is_in_the_wheel() -> None:
    assert {name.partition(".")[0] for name in packaged_folders().values()} == set(PACKAGES)


def instructions() -> list[tuple[str, str]]:
    """``(INSTRUCTION, arguments)`` of the Dockerfile, continued lines joined."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines()]
    return [
        (word.upper(), " ".join(rest.split()))
        for word, _, rest in (line.partition(" ") for line in lines if line and not line.startswith("#"))
    ]


def final_stage() -> dict[str, str]:
    """Instruction to its last arguments, in the stage that is run."""
    steps = instructions()
    last = max(i for i, (word, _) in enumerate(steps) if word == "FROM")
    return dict(steps[last:])


def variables() -> dict[str, str]:
    return dict(pair.split("=", 1) for word, rest in instructions() if word == "ENV" for pair in rest.split())


def test_the_image_has_stages_on_a_slim_python_that_the_project_supports() -> None:
    stages = [rest for word, rest in instructions() if word == "FROM"]
    assert len(stages) >= 2
    for stage in stages:
        found = re.match(r"python:3\.(\d+)-slim\b", stage)
        assert found and 11 <= int(found[1]) < 14


def test_the_image_runs_as_a_user_who_is_not_root_and_owns_the_volume() -> None:
    final = final_stage()
    assert final["USER"] not in ("root", "0")
    assert final["VOLUME"] == variables()["VOC_HOME"]
    steps = instructions()
    order = [word for word, _ in steps]
    assert order.index("USER") < order.index("VOLUME")
    user = next(rest for word, rest in steps if word == "RUN" and "useradd" in rest)
    assert (
        f"--home-dir {final['VOLUME']}" in user and "--create-home" in user and user.endswith(final["USER"])
    )


def test_the_image_checks_that_it_is_ready() -> None:
    assert "/readyz" in final_stage()["HEALTHCHECK"]
    assert final_stage()["EXPOSE"] == variables()["VOC_PORT"]


def test_the_image_holds_no_secret_and_installs_pinned_versions() -> None:
    assert [name for name in variables() if SECRET.search(name)] == []
    assert not any(word == "ARG" for word, _ in instructions())
    assert any("pip install" in rest and "-c constraints.txt" in rest for _, rest in instructions())


def copied() -> list[str]:
    return [
        source
        for word, rest in instructions()
        if word == "COPY" and "--from=" not in rest
        for source in rest.split()[:-1]
    ]


@pytest.mark.parametrize("source", copied())
def test_everything_that_the_image_copies_exists_and_is_sent(source: str) -> None:
    sent = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert (ROOT / source).exists()
    assert "*" in sent and f"!{source}" in sent


def test_the_image_copies_all_packages() -> None:
    assert set(PACKAGES) <= set(copied())
