"""The mechanical changes are correct, and each of them is judged."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.mutants import mechanical
from tests.mutants.covering import Covering
from tests.mutants.judging import PACKAGES, ROOT, Trial, judge
from tests.mutants.mutator import mutants

SOURCE = textwrap.dedent('''
    """What it does."""

    from typing import TypeVar

    ItemT = TypeVar("ItemT")
    Path = tuple[str, ...]

    class Box:
        """What it is."""

        def open(self, given: "int", *, known: bool = True) -> "str":
            """What it gives."""
            if given < 3 and known:
                return f"at {given:>3}"
            try:
                self.put(given[1:], last=not known)
            except ValueError:
                raise
            return "none"
''')


def test_changes_only_code_that_runs() -> None:
    """Every kind of code is changed, but not types and docstrings."""
    found = [(each.function, each.change) for each in mutants(SOURCE)]
    assert {function for function, _ in found} == {"Box.open"}
    assert [change for _, change in found] == [
        "True -> False",
        "if given < 3 and known -> if True",
        "if given < 3 and known -> if False",
        "given < 3 and known -> given < 3 or known",
        "given < 3 and known -> known",
        "given < 3 and known -> given < 3",
        "given < 3 -> given <= 3",
        "3 -> 4",
        "return f'at {given:>3}' -> return None",
        "'at ' -> 'mutant'",
        "self.put(given[1:], last=not known) dropped",
        "self.put(given[1:], last=not known) -> self.put(given[1:])",
        "1: -> :",
        "1 -> 2",
        "not known -> known",
        "except ValueError dropped",
        "raise dropped",
        "return 'none' -> return None",
        "'none' -> 'mutant'",
    ]


def test_each_mutant_can_be_run_and_is_unique() -> None:
    """Each mutant is a source that can be run, and no two are equal."""
    sources = [each.source for each in mutants(SOURCE)]
    assert len(set(sources)) == len(sources)
    for source in sources:
        compile(source, "mutant", "exec")


def test_tests_judge_changes_that_cases_miss() -> None:
    """A change that affects no request is found by a test that executes it."""
    options = PACKAGES[0] / "_options.py"
    changed = options.read_text(encoding="utf-8").replace("pass it, or", "pass one, or")
    test = "tests/wrapper/test_auth.py::test_no_key[sync]"
    verdict = judge(Trial({options: changed}, cases=50, tests=[test]))
    assert (verdict.killed, verdict.by) == (True, "tests")
    assert verdict.cases >= 50
    assert verdict.reason == test
    assert not judge(Trial({}, cases=50, tests=[test])).killed


def test_stale_entries_are_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Entries of equivalents.yaml that match no mutant are reported, and no others."""
    listed = tmp_path / "equivalents.yaml"
    listed.write_text(
        textwrap.dedent("""
            - reason: none
              mutants:
              - {module: metadata, function: Metadata.to_dict, line: return field_dict,
                 change: return field_dict -> return None}
              - {module: metadata, function: Metadata.to_dict, line: no such line, change: none}
              - {module: _secret, function: none, line: none, change: none}
        """),
        encoding="utf-8",
    )
    monkeypatch.setattr(mechanical, "EQUIVALENTS", listed)
    [metadata] = [each for each in mechanical.modules() if each.name == "metadata"]
    entries = mechanical.equivalents([metadata.name])
    found = [(metadata, mutant) for mutant in metadata.mutants()]
    assert [each.line for each in mechanical.stale(entries, found)] == ["no such line"]


def test_listed_modules_exist() -> None:
    """Every module in equivalents.yaml exists."""
    listed = YAML(typ="safe").load(mechanical.EQUIVALENTS)
    named = {each["module"] for group in listed for each in group["mutants"]}
    assert named <= {each.name for each in mechanical.modules()}


def test_module_names_are_unique() -> None:
    """Each module has a unique name; those of the command and the stub have a prefix."""
    names = [each.name for each in mechanical.modules()]
    assert len(set(names)) == len(names)
    assert {"__init__", "_transport", "cli.storing", "stub.__init__", "stub.judge"} <= {*names}


def test_process_of_the_command_runs_the_changed_code() -> None:
    """A change of the command is noticed by a test that runs it in another process."""
    key = ROOT / "src/portkey_admin_cli/admin_key.py"
    changed = key.read_text(encoding="utf-8").replace('prompt("Admin key"', 'prompt("Key"')
    test = "tests/cli/test_terminal.py::test_the_prompt_is_on_stderr"
    verdict = judge(Trial({key: changed}, cases=0, tests=[test]))
    assert (verdict.by, verdict.cases, verdict.reason) == ("tests", 0, test)
    assert not judge(Trial({}, cases=0, tests=[test])).killed


def test_tests_that_start_processes_come_last() -> None:
    """Tests that start processes come last, after those that are known to execute the line."""
    file = Path("storing.py")
    seconds = {"here": 2.0, "elsewhere": 1.0, "process": 0.5}
    covered = Covering({file: {1: {"here"}, 2: {"elsewhere"}}}, seconds, frozenset({"process"}))
    assert covered.tests(file, range(1, 2), {}, at_import=False) == ["here", "process"]


def test_equal_changes_have_different_names() -> None:
    """Equal changes of equal lines have different names, so that an entry matches only one."""
    source = "def f(x):\n    if x:\n        return 'a', 'a'\n    return 'a', 'a'\n"
    named = [(each.text, each.change) for each in mutants(source)]
    assert len(set(named)) == len(named)
    line = "return 'a', 'a'"
    assert [change for text, change in named if (text, change[:3]) == (line, "'a'")] == [
        "'a' -> 'mutant'",
        "'a' -> 'mutant' (2)",
        "'a' -> 'mutant' (3)",
        "'a' -> 'mutant' (4)",
    ]
