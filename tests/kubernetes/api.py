"""Calls of the Kubernetes API, as JSON over one connection for each thread. Enough for tests; no retries, so that they see what happens."""

import http.client
import json
import re
import ssl
import threading
import time

JSON = "application/json"
ONLY_METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
YAML = "application/yaml"
MERGE_PATCH = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"

_IDLE_S = 20  # the server closes connections on which nothing happens

# Where objects of each kind that manifests here hold are found: (API, plural, whether they are in a namespace).
KINDS = {
    "Namespace": ("/api/v1", "namespaces", False),
    "ServiceAccount": ("/api/v1", "serviceaccounts", True),
    "ConfigMap": ("/api/v1", "configmaps", True),
    "Secret": ("/api/v1", "secrets", True),
    "Service": ("/api/v1", "services", True),
    "Deployment": ("/apis/apps/v1", "deployments", True),
    "NetworkPolicy": ("/apis/networking.k8s.io/v1", "networkpolicies", True),
    "PodDisruptionBudget": ("/apis/policy/v1", "poddisruptionbudgets", True),
    "Role": ("/apis/rbac.authorization.k8s.io/v1", "roles", True),
    "RoleBinding": ("/apis/rbac.authorization.k8s.io/v1", "rolebindings", True),
    "ClusterRole": ("/apis/rbac.authorization.k8s.io/v1", "clusterroles", False),
    "ClusterRoleBinding": ("/apis/rbac.authorization.k8s.io/v1", "clusterrolebindings", False),
    "CustomResourceDefinition": ("/apis/apiextensions.k8s.io/v1", "customresourcedefinitions", False),
    "Application": ("/apis/argoproj.io/v1alpha1", "applications", True),
}


class ApiError(Exception):
    """The server's answer where it is no success."""

    def __init__(self, method, path, status, body):
        self.status = status
        try:
            answer = json.loads(body)
        except ValueError:
            answer = {}
        self.reason = answer.get("reason", "")
        super().__init__("%s %s: %d %s" % (method, path, status, answer.get("message") or body[:300]))


def path_of(kind, name="", namespace=""):
    api, plural, namespaced = KINDS[kind]
    where = "/namespaces/" + namespace if namespaced and namespace else ""
    return api + where + "/" + plural + ("/" + name if name else "")


def manifests(text):
    """(kind, name, namespace, document) of each document of a YAML file whose keys of metadata are indented by two."""
    for document in re.split(r"^---\s*$", text, flags=re.M):
        kind = re.search(r"^kind: *(\w+)", document, re.M)
        if not kind:
            continue
        metadata = re.search(r"^metadata:\n((?:[ #].*\n|\n)+)", document, re.M).group(1)
        field = {m.group(1): m.group(2) for m in re.finditer(r"^  (name|namespace): *(\S+)", metadata, re.M)}
        yield kind.group(1), field["name"], field.get("namespace", ""), document


class Api:
    """address: "127.0.0.1:6443". Who calls is said by a token, or a certificate with its key."""

    def __init__(self, address, authority, token="", certificate=None):
        self.address = address
        self._token = token
        self._tls = ssl.create_default_context(cafile=str(authority))
        if certificate:
            self._tls.load_cert_chain(*map(str, certificate))
        self._local = threading.local()

    def _connection(self):
        if time.monotonic() - getattr(self._local, "used", 0) > _IDLE_S:
            self.close()
        self._local.used = time.monotonic()
        if getattr(self._local, "connection", None) is None:
            self._local.connection = http.client.HTTPSConnection(self.address, context=self._tls, timeout=60)
        return self._local.connection

    def close(self):
        """Of the calling thread."""
        if getattr(self._local, "connection", None) is not None:
            self._local.connection.close()
            self._local.connection = None

    def call(self, method, path, body=None, content=JSON):
        """The decoded answer (a text where it is no JSON)."""
        data, kind = self._bytes(method, path, body, content)
        return json.loads(data) if kind.startswith(JSON) else data.decode()

    def _bytes(self, method, path, body=None, content=JSON, accept=JSON):
        headers = {"Accept": accept}
        if self._token:
            headers["Authorization"] = "Bearer " + self._token
        if body is not None:
            headers["Content-Type"] = content
            body = body if isinstance(body, (str, bytes)) else json.dumps(body, separators=(",", ":"))
            body = body.encode() if isinstance(body, str) else body
        try:
            connection = self._connection()
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            data = answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        if not 200 <= answer.status < 300:
            raise ApiError(method, path, answer.status, data.decode("utf-8", "replace"))
        return data, answer.getheader("Content-Type", "")

    def get(self, path):
        return self.call("GET", path)

    def events(self, path, seconds=2):
        """All that a watch tells within a time."""
        lines = self._bytes("GET", "%s%swatch=1&timeoutSeconds=%d" % (path, "&" if "?" in path else "?", seconds))[0].splitlines()
        return [json.loads(line) for line in lines]

    def create(self, path, body, content=JSON):
        return self.call("POST", path, body, content)

    def patch(self, path, body):
        """What comes back is the metadata only, which is cheaper for both sides."""
        return json.loads(self._bytes("PATCH", path, body, MERGE_PATCH, ONLY_METADATA)[0])

    def delete(self, path):
        return self.call("DELETE", path)

    def apply(self, text, namespace="", dry_run=False):
        """Server-side apply of every document of a YAML text, with strict checking of its fields; namespace is for documents that name none."""
        for kind, name, own, document in manifests(text):
            query = "?fieldManager=headway-test&force=true&fieldValidation=Strict" + ("&dryRun=All" if dry_run else "")
            self.call("PATCH", path_of(kind, name, own or namespace or "default") + query, document, APPLY)

    def allowed(self, verb, resource, group="", namespace=""):
        """Whether the caller may: asked of the server (SelfSubjectAccessReview)."""
        review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
                  "spec": {"resourceAttributes": {"verb": verb, "resource": resource, "group": group, "namespace": namespace}}}
        return self.create("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review)["status"].get("allowed", False)
