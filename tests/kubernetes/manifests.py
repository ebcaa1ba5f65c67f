"""The manifests of the Argo CD watcher as they are shipped."""

import pathlib

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "kubernetes" / "argocd-watcher"
SERVICE_ACCOUNT = "headway-argocd-watcher"  # in namespace argocd


def all_files():
    return sorted(file.name for file in FOLDER.glob("*.yaml"))


def read(file):
    return (FOLDER / file).read_text(encoding="utf-8")


def apply(api, *files, dry_run=False):
    """As `kubectl apply --server-side` does it; with dry_run the server only says whether it would take them."""
    for file in files:
        api.apply(read(file), "argocd", dry_run)
