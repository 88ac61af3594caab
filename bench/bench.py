#!/usr/bin/env python3
"""The same work for berthd, and for dockerd and podman where they are installed, interleaved in one run.

It reports; however slow an engine is, the run does not fail. What an engine cannot do is said and left out.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "Tests/Integration")]
sys.dont_write_bytecode = True

import engines  # noqa: E402
import measures  # noqa: E402
import report  # noqa: E402
from harness import image  # noqa: E402

DOCKERD_OPTIONS = ["--live-restore", "--default-ulimit", "nofile=1024:1024"]


class Run:
    """Collects samples by measure and engine, and tells about failures without ending."""

    def __init__(self, contenders):
        self.contenders = contenders
        self.names = [contender.name for contender in contenders]
        self.rows = []
        self.notes = []

    def say(self, text):
        print(text, file=sys.stderr, flush=True)

    def interleaved(self, title, unit, repeat, measure):
        """`measure(contender, i)` in turns; one engine's failure ends its turns for this measure alone."""
        self.say(f"{title} …")
        samples, failed = {}, set()
        for i in range(repeat):
            for contender in self.contenders:
                if contender.name in failed:
                    continue
                try:
                    value = measure(contender, i)
                    samples.setdefault(contender.name, []).extend(value if isinstance(value, list) else [value])
                except Exception as error:
                    failed.add(contender.name)
                    self.notes.append(f"{contender.name}, {title}: {error}")
                    self.say(f"  {contender.name}: {error}")
        self.rows.append(report.row(title, unit, samples, self.names))


def measure_all(run, quick):
    few, some, many = (2, 5, 10) if quick else (3, 20, 60)
    crowd = 10 if quick else 50
    for contender in run.contenders:
        for _ in range(3):
            measures.life(contender, "none")
    run.interleaved("create + start + wait + remove, bridge", "ms", many, lambda c, _: measures.life(c, c.bridge))
    run.interleaved("create + start + wait + remove, no network", "ms", many, lambda c, _: measures.life(c, "none"))
    run.interleaved("`docker run --rm`, bridge", "ms", some, lambda c, _: measures.run_by_cli(c))
    run.interleaved("exec of `true` in a running container", "ms", 1,
                    lambda c, _: measures.execs(c, many))
    run.interleaved(f"{crowd} parallel starts, bridge", "ms", few, lambda c, _: measures.parallel(c, crowd))
    run.interleaved("network create + remove", "ms", some, measures.network)
    for published in (0, 100) if quick else (0, 100, 1000):
        run.interleaved(f"start with {published} ports published", "ms", 1,
                        lambda c, _: measures.start_with_ports(c, published, some))
    kept = {}

    def helpers(contender, _):
        kept[contender.name] = measures.memory_per_container(contender, crowd)
        return kept[contender.name]["helpers"] / 1024

    run.interleaved(f"memory of the helpers, per container of {crowd}", "KiB", 1, helpers)
    run.interleaved("growth of the daemon, per container", "KiB", 1,
                    lambda c, _: max(0.0, kept[c.name]["growth"] / 1024))
    restarting = Run([contender for contender in run.contenders if contender.name != "podman"])
    restarting.names = run.names
    restarting.interleaved(f"restart with {crowd} running, to the first answer", "ms", few,
                           lambda c, _: measures.first_answer(c, crowd))
    run.rows += restarting.rows
    run.notes += restarting.notes


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, smaller crowds")
    parser.add_argument("--markdown", metavar="FILE", help="write the report here as well")
    parser.add_argument("--engines", help="only these, separated by commas")
    parser.add_argument("--other-build", metavar="PREFIX", help="measure this tree's berthd as well, named `other`")
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("bench: needs root, to make network namespaces and start daemons")

    classes, absent = engines.installed()
    if options.engines:
        classes = [each for each in classes if each.name in options.engines.split(",")]
    if options.other_build:
        classes.append(engines.other_build(options.other_build))
    folder = Path(tempfile.mkdtemp(prefix="berth-bench-"))
    contenders = []
    began = time.monotonic()
    try:
        archive = image.busybox_archive(folder / "busybox.tar")
        for each in classes:
            contender = engines.Contender(each, folder, DOCKERD_OPTIONS if each.name == "dockerd" else ())
            contenders.append(contender)
            contender.start(archive)
        run = Run(contenders)
        measure_all(run, options.quick)
    finally:
        for contender in contenders:
            contender.close()
        shutil.rmtree(folder, ignore_errors=True)

    lines = [*(f"- {fact}" for fact in report.machine()),
             *(f"- {each.name}: {engines.version(each)}" for each in contenders),
             *(f"- {name}: not installed" for name in absent),
             f"- measured on {time.strftime('%Y-%m-%d')} in {time.monotonic() - began:.0f} s, engines in turns",
             "", report.table(run.rows, run.names), "",
             *(f"- {note}" for note in run.notes)]
    text = "\n".join(lines).rstrip() + "\n"
    print(text)
    if options.markdown:
        Path(options.markdown).write_text(text)


if __name__ == "__main__":
    main()
