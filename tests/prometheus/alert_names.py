"""Whether alert rules and the rest of the project speak of the same things: alert_names.py ROOT

Every alert has a test that lets it fire and clear, and a heading in docs/runbook.md that its annotation names; every instrument that a rule stands on is made
somewhere in services/ or ingester/.
"""

import pathlib
import re
import sys

INSTRUMENT = re.compile(r"\bheadway_\w+")


def text_of(path):
    return path.read_text(encoding="utf-8")


def faults(root):
    rules = text_of(root / "deploy/prometheus/alerts.yaml")
    tests = text_of(root / "deploy/prometheus/alerts_test.yaml")
    headings = {line.lstrip("# ").strip() for line in text_of(root / "docs/runbook.md").splitlines() if line.startswith("### ")}
    code = "\n".join(text_of(p) for folder in ("services", "ingester") for p in (root / folder).rglob("*.cc"))
    alerts = re.findall(r"^ *- alert: (\w+)$", rules, re.M)
    for alert in alerts:
        cases = re.findall(r"alertname: %s\b" % alert, tests)
        fires = re.search(r"alertname: %s\n *eval_time: \w+\n *exp_alerts:" % alert, tests)
        if len(cases) < 3 or not fires:
            yield "%s: no test lets it fire and clear" % alert
        if alert not in headings:
            yield "%s: docs/runbook.md has no heading of that name" % alert
        if "runbook: docs/runbook.md#%s\n" % alert.lower() not in rules:
            yield "%s: its annotation does not name its entry in the runbook" % alert
    for heading in headings:
        if heading.startswith("Headway") and heading not in alerts:
            yield "docs/runbook.md: there is no alert %s" % heading
    for line in rules.splitlines():
        for name in INSTRUMENT.findall(line) if "expr:" in line else []:
            if '"%s"' % name[len("headway_"):] not in code:
                yield "%s is no instrument of any service" % name


if __name__ == "__main__":
    found = list(faults(pathlib.Path(sys.argv[1])))
    print("\n".join(found) or "alerts, tests, runbook and instruments agree")
    sys.exit(1 if found else 0)
