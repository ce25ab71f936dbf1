"""Figures add up over several processes when they share a folder."""

import os
import subprocess
import sys

from bookapp.infra import metrics
from config import ROOT

COUNT = "from bookapp.infra import metrics; metrics.jobs.labels('test.work', 'done').observe(0.2)"
SHOW = "from bookapp.infra import metrics; print(metrics.exposition().decode())"


def run(program, folder):
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_processes_add_up(tmp_path):
    run(COUNT, tmp_path)
    run(COUNT, tmp_path)
    assert 'bookapp_job_seconds_count{name="test.work",outcome="done"} 2.0' in run(SHOW, tmp_path)


def test_gauges_are_read_for_the_scrape():
    shown = metrics.exposition([("bookapp_outbox", "Rows", {"due": 3, "dead": 0})]).decode()
    assert 'bookapp_outbox{state="due"} 3.0' in shown
    assert 'bookapp_outbox{state="due"}' not in metrics.exposition().decode()
