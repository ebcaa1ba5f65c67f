"""Writes Application objects as Argo CD's application controller does: the same fields, by the same merge patches, in the same order.

A sync is three patches of an object without a status subresource: the operation runs (what the last one left in operationState stays, but for its
finishedAt); the history gets its entry, if the sync was whole, no dry run, and succeeded; the operation is finished. The next comparison
then patches status.sync, status.health and status.summary. The history keeps the latest ten; ids go on counting from the last entry that is there.
"""

import dataclasses
import datetime
import hashlib

from api import path_of

GROUP = "argoproj.io"
IN_CLUSTER = "https://kubernetes.default.svc"


@dataclasses.dataclass(frozen=True)
class Sync:
    """What a sync was: the truth that tests compare with. id is that of the history entry, None where there is none."""

    namespace: str
    name: str
    number: int
    id: int
    revision: str
    images: tuple
    started_at: str
    deployed_at: str
    phase: str

    @property
    def stream(self):
        return "%s/%s" % (self.namespace, self.name)

    @property
    def key(self):
        """Deployment.key of its history entry."""
        return "%s/%d/%s" % (self.stream, self.id, self.deployed_at)


class Clock:
    """Argo CD writes whole seconds. This clock goes on by one with each reading, so that no two operations begin at once."""

    def __init__(self, start=None):
        self._now = start or datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=6)

    def __call__(self):
        self._now += datetime.timedelta(seconds=1)
        return self._now.strftime("%Y-%m-%dT%H:%M:%SZ")


def wall_clock():
    """The time that it is."""
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def revision_of(*what):
    """A commit id that follows from what is given."""
    return hashlib.sha1(" ".join(map(str, what)).encode()).hexdigest()


class Application:
    """One object, and the part of its state that the controller goes by. spec: what differs from a plain Git source."""

    def __init__(self, api, name, namespace="argocd", spec=None, metadata=None, history_limit=10, clock=None, padding=0, past=0):
        """past: syncs that its history holds already when it is created. padding: about so many bytes of resources."""
        self._api = api
        self.name, self.namespace = name, namespace
        self._clock = clock or Clock()
        self._limit = history_limit
        self._history = []
        self._number = 0
        self._deleted = False
        self._images = ()
        self._padding = padding
        self.repository = "https://git.example.com/manifests/%s.git" % name
        self.spec = {"project": "default", "destination": {"server": IN_CLUSTER, "namespace": name},
                     "source": {"repoURL": self.repository, "path": "overlays/production", "targetRevision": "main"}}
        self.spec.update(spec or {})
        if history_limit != 10:
            self.spec["revisionHistoryLimit"] = history_limit
        for _ in range(past):
            self._number += 1
            self._enter(self._revision(), self._clock(), {"automated": True})
        self._metadata = {"name": name, "namespace": namespace, **(metadata or {})}

    @property
    def stream(self):
        """As Deployment.stream."""
        return "%s/%s" % (self.namespace, self.name)

    @property
    def next_id(self):
        """Of the entry that the next sync appends."""
        return self._history[-1]["id"] + 1 if self._history else 0

    @property
    def path(self):
        return path_of("Application", self.name, self.namespace)

    def create(self):
        """As it looks before its first sync."""
        body = {"apiVersion": GROUP + "/v1alpha1", "kind": "Application", "metadata": self._metadata, "spec": self.spec}
        if self._padding or self._history:
            body["status"] = {**self._comparison("OutOfSync", "Missing", ""), "resources": self._resources(), "history": self._history}
        self._api.create(path_of("Application", namespace=self.namespace), body)
        return self

    def get(self):
        return self._api.get(self.path)

    def delete(self):
        """Once: an object that is deleted already is left alone."""
        if not self._deleted:
            self._deleted = True
            self._api.delete(self.path)

    def patch_status(self, status, **others):
        self._api.patch(self.path, {"status": status, **others})

    # Syncs.

    def sync(self, phase="Succeeded", images=None, revision=None, resources=None, dry_run=False, automated=True):
        """One whole operation. resources: the (group, kind, name) of a partial sync; None: all. Returns what it was."""
        self._number += 1
        revision = revision or self._revision()
        images = tuple(images if images is not None else ["registry.example.com/%s:%d" % (self.name, self._number)])
        operation = {"initiatedBy": {"automated": True} if automated else {"username": "somebody"},
                     "sync": {"revision": revision, **({"dryRun": True} if dry_run else {}),
                              **({"resources": [dict(zip(("group", "kind", "name"), r)) for r in resources]} if resources else {})}}
        started = self._clock()
        self.patch_status({"operationState": {"operation": operation, "phase": "Running", "startedAt": started, "finishedAt": None}})
        whole = phase == "Succeeded" and not dry_run and not resources
        entry = self._append_history(revision, started, operation["initiatedBy"]) if whole else None
        finished = entry["deployedAt"] if entry else self._clock()
        self.patch_status({"operationState": {"operation": operation, "phase": phase, "startedAt": started, "finishedAt": finished,
                                              "message": "successfully synced (all tasks run)" if whole else phase,
                                              "syncResult": self._result(revision, images)}}, operation=None)
        if phase == "Succeeded" and not dry_run:
            self._images = images
        self.compare(revision)
        return Sync(self.namespace, self.name, self._number, entry["id"] if entry else None, revision, images, started, finished, phase)

    def _revision(self):
        return revision_of(self.namespace, self.name, self._number)

    def _enter(self, revision, started, initiated_by):
        entry = {"id": self.next_id, "revision": revision, "source": self.spec.get("source"),
                 "deployStartedAt": started, "deployedAt": self._clock(), "initiatedBy": initiated_by}
        self._history = (self._history + [entry])[-self._limit:] if self._limit else []
        return entry if self._limit else None

    def _append_history(self, revision, started, initiated_by):
        entry = self._enter(revision, started, initiated_by)
        self.patch_status({"history": self._history})
        return entry

    def _result(self, revision, images):
        return {"revision": revision, "source": self.spec.get("source"), "resources": [
            {"group": "apps", "version": "v1", "kind": "Deployment", "namespace": self.name, "name": self.name, "status": "Synced",
             "message": "deployment.apps/%s configured" % self.name, "hookPhase": "Running", "syncPhase": "Sync", "images": list(images)}]}

    # What is seen between syncs.

    def compare(self, revision, sync="Synced", health="Healthy"):
        """The controller compares what is there with what should be, as it does every few minutes and after each sync."""
        self.patch_status(self._comparison(sync, health, revision))

    def _comparison(self, sync, health, revision):
        now = self._clock()
        return {"controllerNamespace": self.namespace, "reconciledAt": now, "sourceType": "Kustomize",
                "sync": {"status": sync, "revision": revision, "comparedTo": {"source": self.spec.get("source"), "destination": self.spec["destination"]}},
                "health": {"status": health, "lastTransitionTime": now}, "summary": {"images": list(self._images)}}

    def _resources(self):
        """As many as padding asks for, 200 bytes each."""
        return [{"group": "", "version": "v1", "kind": "ConfigMap", "namespace": self.name, "status": "Synced",
                 "name": "%s-settings-of-a-part-with-quite-a-long-name-%04d" % (self.name, n), "health": {"status": "Healthy"}}
                for n in range(self._padding // 200)]
