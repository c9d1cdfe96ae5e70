"""The mistakes that people make, as data: hand_made.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ruamel.yaml import YAML

from tests.mutants.judging import ROOT, Trial, Verdict, judge

_MOST_CASES: Final = 3000


@dataclass(frozen=True)
class HandMade:
    """A mistake, as a change of one file."""

    kind: str
    name: str
    file: Path
    old: str
    new: str
    which: int | None = None
    """Which of the places where `old` stands is changed, from 1; None where there is one alone."""

    def source(self) -> str:
        """Return the changed text of the file.

        Raises LookupError where the old text is not there, or not once and `which` does not say.
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
        """Return what the cases say."""
        return judge(Trial({self.file: self.source()}, _MOST_CASES))


_DATA: Final = Path(__file__).with_name("hand_made.yaml")


def hand_made() -> list[HandMade]:
    """Return all of them."""
    return [
        HandMade(kind=group["kind"], **{**each, "file": ROOT / each["file"]})
        for group in YAML(typ="safe").load(_DATA)
        for each in group["mutants"]
    ]
