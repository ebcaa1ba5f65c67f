#!/usr/bin/env python3
"""The manifests in deploy/kubernetes against a real server: it takes them all, and the right that they give is the least.

    manifests_test.py [NAME OF A TEST]
"""

import itertools
import unittest

from api import Api, ApiError
from control_plane import ControlPlane, run_tests
from manifests import SERVICE_ACCOUNT, all_files, apply, read

VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
RESOURCES = (("applications", "argoproj.io"), ("appprojects", "argoproj.io"), ("secrets", ""), ("configmaps", ""), ("pods", ""),
             ("serviceaccounts", ""), ("roles", "rbac.authorization.k8s.io"))
ANYWHERE = ""


class Manifests(unittest.TestCase):
    def setUp(self):
        self.cluster = ControlPlane().__enter__()
        self.addCleanup(self.cluster.__exit__)
        self.cluster.install_argocd()

    def allowed(self, *namespaces):
        """(verb, resource, namespace) of all that the watcher may do."""
        watcher = Api(self.cluster.address, self.cluster.authority, self.cluster.service_account_token("argocd", SERVICE_ACCOUNT))
        self.addCleanup(watcher.close)
        return [(verb, resource, where) for where, (resource, group), verb in itertools.product(namespaces, RESOURCES, VERBS)
                if watcher.allowed(verb, resource, group, where)]

    def test_the_server_takes_them(self):
        for file in all_files():
            with self.subTest(file):
                apply(self.cluster.admin, file, dry_run=True)
        with self.assertRaisesRegex(ApiError, "runAsNotRoot"):
            self.cluster.admin.apply(read("deployment.yaml").replace("runAsNonRoot", "runAsNotRoot"), dry_run=True)

    def test_the_role_lets_it_list_and_watch_applications_there_and_nothing_else(self):
        apply(self.cluster.admin, "service-account.yaml", "role.yaml")
        self.assertEqual([("list", "applications", "argocd"), ("watch", "applications", "argocd")], self.allowed("argocd", "default", ANYWHERE))

    def test_the_cluster_role_lets_it_list_and_watch_applications_anywhere_and_nothing_else(self):
        apply(self.cluster.admin, "service-account.yaml", "cluster-role.yaml")
        self.assertEqual([("list", "applications", ANYWHERE), ("watch", "applications", ANYWHERE)], self.allowed(ANYWHERE))


if __name__ == "__main__":
    run_tests()
