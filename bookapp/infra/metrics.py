"""Figures for Prometheus. Several web workers share them through files when PROMETHEUS_MULTIPROC_DIR is set.

The supervisor (or the container's start) sets that folder and empties it; the library reads the variable itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

CONTENT_TYPE = CONTENT_TYPE_LATEST

requests = Histogram(
    "bookapp_request_seconds",
    "Time from a request's arrival to the last byte of its answer",
    ("method", "route", "status"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
jobs = Histogram(
    "bookapp_job_seconds",
    "Time a job of the outbox took",
    ("name", "outcome"),
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 15, 30, 60, 90),
)
rings = Counter("bookapp_outbox_rings_total", "Rows a worker was rung for", ("outcome",))


def exposition(gauges: Iterable[tuple[str, str, dict[str, float]]] = ()) -> bytes:
    """Everything counted so far in the text format, with `gauges` read for this scrape.

    A gauge is (name, help, {value of its label `state`: figure}).
    """
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    moment = CollectorRegistry()
    for name, help_text, figures in gauges:
        gauge = Gauge(name, help_text, ("state",), registry=moment)
        for state, figure in figures.items():
            gauge.labels(state).set(figure)
    return generate_latest(registry) + generate_latest(moment)
