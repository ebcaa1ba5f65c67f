#!/usr/bin/env python3
"""From Argo CD to the card: Applications of a real Kubernetes API are synced to the commits of a manifest repository that bump image tags; the watcher sends what it sees to
the installation whose portal runs; the card of the component whose annotation names the Application shows the lead time of the service's own changes, right to the second.

    gitops_portal.py BUILD_FOLDER        HEADWAY_HOME and PORTAL_URL say of which installation
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "kubernetes"), str(ROOT / "tests" / "e2e")]
sys.dont_write_bytecode = True

import gitops_test  # noqa: E402
from argocd import IN_CLUSTER, Application  # noqa: E402
from control_plane import ControlPlane, NotInstalled  # noqa: E402
from facts import DAY, format_time  # noqa: E402
from gitops_test import SECOND, Case, Manifests  # noqa: E402

COMPONENT = """---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: { name: payments, annotations: { argocd/app-name: payments-prod, github.com/project-slug: acme/payments } }
spec: { type: service, lifecycle: production, owner: platform }
"""


class Installed:
    """The installation of the portal, as gitops_test.py uses one."""

    def __init__(self, build):
        self.build, self.home = build, pathlib.Path(os.environ["HEADWAY_HOME"])
        self.ingest_address = (self.home / "run" / "addresses").read_text(encoding="utf-8").split()[1]

    def headway(self, arguments, address, text=None):
        subprocess.run([self.build / "services/cli/headway", *arguments, "--server", address], input=text, text=True, check=True, stdout=subprocess.DEVNULL)


class SetClock:
    """Says what it is told to."""

    def __init__(self):
        self.times = []

    def __call__(self):
        return format_time(self.times.pop(0))


class Synced:
    """One Application, and the syncs that are due."""

    def __init__(self, api, name, due):
        self.clock, self.due = SetClock(), due
        self.app = Application(api, name, clock=self.clock, spec={
            "source": {"repoURL": "https://%s.git" % gitops_test.MANIFESTS, "path": "apps/" + name, "targetRevision": "main"},
            "destination": {"server": IN_CLUSTER, "namespace": name}}).create()

    def sync(self):
        """The next: begun 30 s before it ends, and healthy then."""
        commit, image, at = self.due.pop(0)
        self.clock.times = [at - 30 * SECOND, at, at]
        self.app.sync(revision=commit, images=[image])


def history(folder):
    """A service whose images carry the commit in their tag."""
    gitops_test.START = int(time.time()) * SECOND - 25 * DAY
    manifests = Manifests(folder)
    case = Case(folder, manifests, "payments")
    images = []

    def image(_, commit, *__):
        images.append("registry.example.com/acme/payments:main-" + commit[:9])
        return images[-1]

    case.build(["prod"], image)
    return case, [(commit, image, at) for (_, _, commit, _, at), image in zip(manifests.syncs, images)]


def follow(headway, cluster, folder):
    case, due = history(folder)
    catalog = headway.home / "portal" / "catalog" / "sample.yaml"
    with open(catalog, "a", encoding="utf-8") as file:
        file.write(COMPONENT)
    rule = {"source": "configuration", "environmentRule": {"id": "payments", "version": "1", "match": IN_CLUSTER + "/payments-prod", "name": "production", "tier": "PRODUCTION"}}
    headway.headway(["import", "ndjson", "-"], headway.ingest_address, json.dumps(rule))
    headway.headway(["import", "git", str(case.repository.path), "--entity", case.ref], headway.ingest_address)
    synced = Synced(cluster.admin, "payments-prod", due)
    while len(due) > 1:
        synced.sync()
    first, second = (statistics.median(case.expected[n] for n in range(1, last)) for last in (5, 6))
    with subprocess.Popen(["node", ROOT / "backstage-plugin/packages/e2e/gitops.mjs", case.name, str(first), str(second)], stdout=subprocess.PIPE, text=True) as browser:
        line = browser.stdout.readline()
        print(line, end="")
        if line:
            began = time.monotonic()
            synced.sync()
            print(browser.stdout.read(), end="")
            print("from the beginning of the sync to the card: %.2f s" % (time.monotonic() - began))
    return browser.returncode


def main():
    headway = Installed(pathlib.Path(sys.argv[1]).resolve())
    try:
        cluster = ControlPlane()
    except NotInstalled as missing:
        print("GitOps is not tested: %s" % missing)
        return 0
    with cluster, tempfile.TemporaryDirectory() as folder:
        cluster.install_argocd()
        log = headway.home / "log" / "gitops-watcher.log"
        command = [headway.build / "services/argocd_watcher/headway-argocd-watcher", "--kubeconfig", cluster.kubeconfig("watcher", cluster.admin_token),
                   "--namespace", "argocd", "--ingest", headway.ingest_address]
        with open(log, "wb") as out, subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=out, stderr=out) as watcher:
            try:
                return follow(headway, cluster, pathlib.Path(folder))
            finally:
                watcher.terminate()


if __name__ == "__main__":
    sys.exit(main())
