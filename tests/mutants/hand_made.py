"""Mistakes that people make, as data: hand_made.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ruamel.yaml import YAML

from tests.mutants.judging import ROOT, Trial, Verdict, judge

_MOST_CASES: Final = 3000


@dataclass(frozen=True)
class HandMade:
    """A mistake: a change of one file."""

    kind: str
    name: str
    file: Path
    old: str
    new: str
    which: int | None = None
    """The number of the occurrence of `old` that is changed, from 1; None if there is only one."""

    def source(self) -> str:
        """Return the changed text of the file.

        Raises LookupError if the old text is missing, or occurs several times without `which`.
        """
        before = self.file.read_text(encoding="utf-8").split(self.old)
        places = len(before) - 1
        if not 1 <= (self.which or 1) <= places or (self.which is None and places > 1):
            raise LookupError(
                f"{self.name!r}: the text to change stands {places} times in "
                f"{self.file.relative_to(ROOT)}; the code has changed, so mend {_DATA.name}"
            )
        at = self.which or 1
        return self.old.join(before[:at]) + self.new + self.old.join(before[at:])

    def verdict(self) -> Verdict:
        """Return the verdict of the cases."""
        return judge(Trial({self.file: self.source()}, _MOST_CASES))


_DATA: Final = Path(__file__).with_name("hand_made.yaml")


def hand_made() -> list[HandMade]:
    """Return all mistakes."""
    return [
        HandMade(kind=group["kind"], **{**each, "file": ROOT / each["file"]})
        for group in YAML(typ="safe").load(_DATA)
        for each in group["mutants"]
    ]
