"""What a web process borrows it gives back."""

import subprocess
import sys

from config import ROOT

# What a password takes, in many threads; a shorter and a longer one, as the library learns from the first.
BORROWED = """
import gc, re, threading
import argon2
from bookapp.infra import memory
{settle}
def resident():
    return int(re.search(r"VmRSS:\\s+(\\d+)", open("/proc/self/status").read())[1]) // 1024
here, gate = resident(), threading.Barrier(12, timeout=40)
def borrow():
    hasher = argon2.PasswordHasher(memory_cost=19456, time_cost=1, parallelism=1)
    gate.wait()
    for _ in range(4):
        hasher.hash("secret")
    gate.wait()  # each thread keeps what is its own until all are done
threads = [threading.Thread(target=borrow) for _ in range(12)]
[each.start() for each in threads]
[each.join() for each in threads]
print(resident() - here, gc.get_freeze_count())
"""


def grown(settle: str) -> tuple[int, int]:
    """(MB more than before, objects that are not looked through) in a process of its own."""
    command = [sys.executable, "-c", BORROWED.format(settle=settle)]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout
    megabytes, frozen = map(int, said.split())
    return megabytes, frozen


def test_what_a_password_takes_is_given_back():
    kept, _ = grown("")
    left, frozen = grown("memory.settle()")
    assert kept > 60, "the library keeps nothing any more: memory.settle need not see to it"
    assert left < 20
    assert frozen > 1000
