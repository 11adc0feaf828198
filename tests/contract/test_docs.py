"""The pages under ``docs/`` are complete and lead somewhere: commands, errors, dependencies, metrics, files."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from prometheus_client import REGISTRY

import service.api.logs
from data.artifacts import shipped_models
from data.formats import columns, rejects, tables
from models.artifact.folder import load_manifest
from models.core.errors import error_classes
from service.cli.main import build_cli
from service.errors import STATUS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")
ROW = re.compile(r"^\| `([^`]+)` \|(.*)\|$", re.MULTILINE)
PLACEHOLDERS = {"service/reviews/templates/_name.html"}


def read(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def rows_of(text: str) -> dict[str, list[str]]:
    """First cell, in code marks, to the other cells."""
    return {name: [cell.strip() for cell in rest.split("|")] for name, rest in ROW.findall(text)}


def section(text: str, heading: str) -> str:
    text = "\n" + text
    start = text.index(f"\n{heading}\n") + len(heading) + 1
    following = re.search(r"\n## ", text[start:])
    return text[start : start + following.start()] if following else text[start:]


def slug_of(heading: str) -> str:
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")


def links_of(page: Path) -> Iterator[str]:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    yield from (link for link in LINK.findall(text) if not re.match(r"https?:|mailto:", link))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    for link in links_of(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor and target.suffix == ".md":
            headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in map(slug_of, headings), link


def test_the_index_leads_to_every_page() -> None:
    linked = {(DOCS / link.partition("#")[0]).resolve() for link in links_of(DOCS / "README.md")}
    pages = {page.resolve() for page in DOCS.rglob("*.md")} - {(DOCS / "README.md").resolve()}
    assert sorted(str(page.relative_to(DOCS)) for page in pages - linked) == []


def commands() -> dict[str, click.Command]:
    """Full name to command, for every command that does something by itself."""
    found: dict[str, click.Command] = {}

    def walk(name: str, command: click.Command) -> None:
        if isinstance(command, click.Group):
            context = click.Context(command)
            for part in command.list_commands(context):
                inner = command.get_command(context, part)
                assert inner is not None
                walk(f"{name} {part}", inner)
        else:
            found[name] = command

    walk("voc", build_cli())
    return found


COMMANDS = commands()


def test_the_command_line_page_has_exactly_the_commands_there_are() -> None:
    assert sorted(re.findall(r"^## (voc .*)$", read("cli.md"), re.MULTILINE)) == sorted(COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_command_line_page_has_exactly_the_options_of_a_command(name: str) -> None:
    documented = rows_of(section(read("cli.md"), f"## {name}"))
    options = {
        max(option.opts, key=len): option
        for option in COMMANDS[name].params
        if isinstance(option, click.Option)
    }
    assert sorted(documented) == sorted(options)
    for flag, option in options.items():
        default = documented[flag][0]
        assert (default == "required") == option.required, flag
        for value in shown_defaults(option):
            assert f"`{value}`" in default, (flag, value)


def shown_defaults(option: click.Option) -> list[str]:
    default: Any = option.get_default(click.Context(click.Command("x")), call=False)
    if option.is_flag or not isinstance(default, (str, int, list, tuple)):
        return []
    return [str(value) for value in default] if isinstance(default, (list, tuple)) else [str(default)]


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_arguments_of_a_command_stand_in_its_section(name: str) -> None:
    text = section(read("cli.md"), f"## {name}")
    for parameter in COMMANDS[name].params:
        if isinstance(parameter, click.Argument):
            assert str(parameter.name).upper() in text


def test_the_error_page_has_exactly_the_codes_there_are_with_their_status() -> None:
    table = read("errors.md").split("Only on the command line")[0]
    documented = {code: cells[0] for code, cells in rows_of(table).items()}
    assert documented == {kind.code: str(STATUS[kind]) for kind in error_classes()}


def test_every_error_row_says_what_it_means_and_what_to_do() -> None:
    table = read("errors.md").split("Only on the command line")[0]
    for code, cells in rows_of(table).items():
        assert len(cells) == 3 and all(cells), code


def test_codes_of_the_command_line_alone_are_documented() -> None:
    source = "".join(
        (ROOT / "service" / "cli" / name).read_text(encoding="utf-8") for name in ("help.py", "reporting.py")
    )
    codes = set(re.findall(r"(?:错误|Error) \[(\w+)\]", source))
    assert codes >= {"usage_invalid", "internal"}
    assert codes <= set(rows_of(read("errors.md").split("Only on the command line")[1]))


def declared_dependencies() -> dict[str, set[str]]:
    """Group (``core`` or the extra) to the names in ``pyproject.toml``."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = {"core": project["dependencies"], **project["optional-dependencies"]}
    return {group: {re.match(r"[\w.-]+", line)[0] for line in lines} for group, lines in groups.items()}  # type: ignore[index]


@pytest.mark.parametrize("group", sorted(declared_dependencies()))
def test_every_dependency_is_explained_and_no_other(group: str) -> None:
    page = read("dependencies.md")
    heading = next(
        line
        for line in page.splitlines()
        if re.match(rf"## (Extra `{group}`|{group}\b)", line, re.IGNORECASE)
    )
    rows = rows_of(section(page, heading))
    assert sorted(rows) == sorted(declared_dependencies()[group])
    for name, cells in rows.items():
        assert len(cells) == 3 and all(cells), name


def test_every_dependency_has_a_pinned_version() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {
        re.sub(r"[-_.]+", "-", line.partition("==")[0].strip().lower()) for line in lines if "==" in line
    }
    declared = set().union(*declared_dependencies().values())
    assert {re.sub(r"[-_.]+", "-", name.lower()) for name in declared} - pinned == set()


def test_no_pin_names_a_build_that_only_some_index_has() -> None:
    """``torch==2.13.0+cpu`` cannot be installed where the index has ``2.13.0``; without ``+cpu`` both can."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if "+" in line or "@" in line] == []


def test_every_metric_is_documented() -> None:
    assert service.api.logs.REQUESTS is not None
    names = {sample.name for family in REGISTRY.collect() for sample in family.samples}
    names |= {family.name + ("_total" if family.type == "counter" else "") for family in REGISTRY.collect()}
    own = {re.sub(r"_(created|bucket|count|sum)$", "", name) for name in names if name.startswith("voc_")} - {
        "voc_requests"
    }
    documented = set(re.findall(r"\| `(voc_\w+)` \|", read("guides/operate.md")))
    assert own and documented == own


def test_every_column_of_the_rejects_file_is_documented() -> None:
    rows = rows_of(section(read("guides/ingest-files.md"), "## Rejects"))
    assert tuple(rows) == rejects.COLUMNS


def test_every_format_is_documented() -> None:
    rows = rows_of(section(read("guides/ingest-files.md"), "## Formats"))
    assert sorted(rows) == sorted(tables._READERS)
    for name in rows:
        tables.check_kind(name)


def test_every_field_and_every_known_column_name_is_documented() -> None:
    rows = rows_of(section(read("guides/ingest-files.md"), "## Fields"))
    assert sorted(rows) == sorted(columns.FIELDS)
    names = {name for cells in rows.values() for name in re.findall(r"`([^`]+)`", cells[-1])}
    assert names == columns.KNOWN_NAMES


def test_every_shipped_model_is_on_the_page_with_its_classes_and_rows() -> None:
    rows = rows_of(section(read("models.md"), "# Models that are shipped"))
    assert sorted(rows) == sorted(shipped_models())
    for task, folder in shipped_models().items():
        manifest = load_manifest(folder)
        _, classes, n_rows = rows[task]
        assert n_rows == f"{manifest.data['n_rows']:,}"
        assert classes == str(len(manifest.classes)) or set(re.findall(r"`(\w+)`", classes)) == set(
            manifest.classes
        )


def test_every_source_of_a_shipped_model_is_named_with_its_licence() -> None:
    rows = rows_of(section(read("models.md"), "## Where the data come from"))
    for folder in shipped_models().values():
        for source in load_manifest(folder).data["sources"]:
            name = source.partition("/")[0]
            assert rows[name][-1], name
    assert len(rows) == 12


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_named_in_a_page_exist(page: Path) -> None:
    """``data/…``, ``service/…`` and so on in code marks; ``<sector>`` and the like stand for one of several."""
    text = page.read_text(encoding="utf-8")
    for name in re.findall(r"`((?:data|service|models|training|tests|docs|benchmarks)/[\w./<>*-]+)`", text):
        if "<" not in name and "*" not in name and name not in PLACEHOLDERS:
            assert (ROOT / name).exists(), name
