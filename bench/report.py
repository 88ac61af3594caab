"""Percentiles, ratios and tables."""

import os
import platform
import re


def percentile(samples, fraction):
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(len(ordered) * fraction))]


def machine():
    """The machine's facts as lines of text."""
    with open("/proc/cpuinfo") as file:
        model = re.search(r"model name\s*: (.*)", file.read())
    with open("/proc/meminfo") as file:
        memory = int(re.search(r"MemTotal:\s+(\d+)", file.read()).group(1)) / 1024 / 1024
    with open("/etc/os-release") as file:
        system = re.search(r'PRETTY_NAME="(.*)"', file.read()).group(1)
    version = 2 if os.path.exists("/sys/fs/cgroup/cgroup.controllers") else 1
    return [
        f"{os.cpu_count()} CPUs, {model.group(1) if model else platform.machine()}; {memory:.0f} GiB of memory",
        f"{system}, kernel {platform.release()}, cgroup v{version}",
    ]


def number(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def row(title, unit, results, names):
    """A table row: p50 and p95 for each engine, and how many times the first one's p50 the others need."""
    cells = [f"{title} ({unit})"]
    for name in names:
        samples = results.get(name)
        if not samples:
            cells.append("–")
        elif len(samples) == 1:
            cells.append(number(samples[0]))
        else:
            cells.append(f"{number(percentile(samples, 0.5))} / {number(percentile(samples, 0.95))}")
    first = results.get(names[0])
    for name in names[1:]:
        other = results.get(name)
        if first and other and percentile(first, 0.5) > 0:
            cells.append(f"{percentile(other, 0.5) / percentile(first, 0.5):.1f}×")
        else:
            cells.append("–")
    return cells


def table(rows, names):
    head = ["p50 / p95", *names, *(f"{name} : {names[0]}" for name in names[1:])]
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(cells) + " |" for cells in rows])
