"""Change the rules of money and time a little at a time, and count which changes no test notices.

`make mutation`; what is changed and which tests have to notice stands in pyproject.toml. A change of a sentence is no
change of a rule, so words marked with N_ do not count. docs/proof.md explains who survives.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.support import databases

LEAST_KILLED = 0.9
MUTANTS = Path("mutants")
LOG = Path("mutants.log")
MUTMUT = [str(Path(sys.executable).with_name("mutmut"))]
# What mutmut writes down for a mutant: nobody noticed; no test runs the line at all.
UNNOTICED = (0, 5, 33)


@dataclass(slots=True)
class Module:
    """What became of the mutants of one file; `survivors` are pairs of a name and its changed lines."""

    path: str
    killed: int = 0
    worded: int = 0
    survivors: list[tuple[str, list[str]]] = field(default_factory=list)

    @property
    def share(self) -> float:
        """How many of those that changed a rule were noticed."""
        return self.killed / max(1, self.killed + len(self.survivors))

    def __str__(self) -> str:
        counted = f"{self.killed} of {self.killed + len(self.survivors)}"
        return f"{self.share:7.1%}  {counted:>12}  {self.path}" + (f" (+ {self.worded} words)" if self.worded else "")


def main() -> int:
    """Run mutmut and tell who survived, file by file; 1 when too many did in one of them."""
    shutil.rmtree(MUTANTS, ignore_errors=True)
    with databases.servers() as servers, LOG.open("w") as log:
        # Each mutant is tested in a process of its own; starting servers in each would take most of the time.
        environment = os.environ | servers.lend()
        done = subprocess.run([*MUTMUT, "run"], stdout=log, stderr=log, env=environment, check=False)
    if done.returncode:
        print(LOG.read_text()[-3000:])
        return done.returncode
    modules = list(results())
    for module in modules:
        for name, lines in module.survivors:
            print(name, *lines, sep="\n  ")
    print(*modules, sep="\n")
    return 0 if modules and all(module.share >= LEAST_KILLED for module in modules) else 1


def results() -> Iterator[Module]:
    """What mutmut wrote down, for each file that was changed. One that was not tried counts as a survivor."""
    for found in sorted(MUTANTS.rglob("*.meta")):
        module = Module(str(found.relative_to(MUTANTS)).removesuffix(".meta"))
        codes: dict[str, int | None] = json.loads(found.read_text())["exit_code_by_key"]
        for name, code in codes.items():
            if code is not None and code not in UNNOTICED:
                module.killed += 1
                continue
            lines = difference(name)
            if lines and all("N_(" in line for line in lines):
                module.worded += 1
            else:
                module.survivors.append((name, lines))
        if codes:
            yield module


def difference(name: str) -> list[str]:
    """The lines that a mutant takes away and adds."""
    shown = subprocess.run([*MUTMUT, "show", name], capture_output=True, text=True, check=False).stdout
    return [line for line in shown.splitlines() if line.startswith(("- ", "+ "))]


if __name__ == "__main__":
    sys.exit(main())
