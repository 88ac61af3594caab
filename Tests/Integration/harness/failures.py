"""What failed, in the last lines of the output: a record that keeps only those still names each test and its reason."""

import itertools
import textwrap

#: Lines, with the one that counts the rest.
MOST = 15
WIDTH = 400


def reason(report):
    """File, line and message of a failure, in one line."""
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is None:
        said = str(report.longrepr).strip().splitlines() or ["no reason given"]
        return textwrap.shorten(said[-1], WIDTH)
    # What pytest says of a comparison after its first line is the difference, in few words at first.
    first, *rest = crash.message.strip().splitlines() or [""]
    rest = itertools.takewhile(lambda line: line.strip() != "Full diff:", rest)
    told = " | ".join(line.strip() for line in rest if line.strip())
    text = cut(first, WIDTH // 2)
    return f"{crash.path.rpartition('/')[2]}:{crash.lineno}: " + (cut(f"{text} | {told}", WIDTH) if told else text)


def cut(text, most):
    text = " ".join(text.split())
    # The end of a log says what a daemon died of.
    return text if len(text) <= most else f"{text[: most // 2]} ... {text[5 - most // 2 :]}"


def lines(reporter):
    """A line for each test that failed, or whose fixtures did."""
    found = [f"{kind} {report.nodeid} - {reason(report)}"
             for kind, stat in (("FAILED", "failed"), ("ERROR", "error")) for report in reporter.stats.get(stat, [])]
    return found if len(found) <= MOST else [*found[: MOST - 1], f"and {len(found) - MOST + 1} more"]
