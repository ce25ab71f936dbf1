"""Change the rules of money and time a little at a time, and count which changes no test notices.

`make mutation`; what is changed and which tests have to notice stands in pyproject.toml. A change of a sentence is no
change of a rule, so words marked with N_ do not count. docs/proof.md explains who survives.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

LEAST_KILLED = 0.9
MUTANTS = Path("mutants")
MUTMUT = [str(Path(sys.executable).with_name("mutmut"))]


def main() -> int:
    """Run mutmut and tell who survived; 1 when too many did."""
    with (MUTANTS.parent / "mutants.log").open("w") as log:
        subprocess.run([*MUTMUT, "run"], stdout=log, stderr=subprocess.STDOUT, check=False)
    killed, survived = 0, []
    for found in sorted(MUTANTS.rglob("*.meta")):
        for name, code in json.loads(found.read_text())["exit_code_by_key"].items():
            if code == 0:
                survived.append((name, difference(name)))
            elif code is not None:
                killed += 1
    rules = [(name, lines) for name, lines in survived if not all("N_(" in line or '"""' in line for line in lines)]
    for name, lines in rules:
        print(name, *lines, sep="\n  ")
    share = killed / (killed + len(rules)) if killed else 0
    print(f"{killed} killed, {len(rules)} survived: {share:.1%} ({len(survived) - len(rules)} more changed words only)")
    return 0 if share >= LEAST_KILLED else 1


def difference(name: str) -> list[str]:
    """The lines that a mutant takes away and adds."""
    shown = subprocess.run([*MUTMUT, "show", name], capture_output=True, text=True, check=False).stdout
    return [line for line in shown.splitlines() if line.startswith(("- ", "+ "))]


if __name__ == "__main__":
    sys.exit(main())
