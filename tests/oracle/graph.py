"""The commits of one repository. Sets of commits are integers with one bit for each commit."""


class Graph:
    def __init__(self, commits):
        self.commits = commits  # sha -> facts.Commit
        self.bit = {}
        for sha, commit in commits.items():
            for name in [sha] + commit.parents:
                self.bit.setdefault(name, len(self.bit))
        self.names = list(self.bit)
        self._reach = {}

    def has(self, sha):
        return sha in self.commits

    def reach(self, sha):
        """What can be reached from a commit, itself and missing parents with it."""
        if sha not in self.bit:
            return 0
        if sha not in self._reach:
            seen, waiting = 0, [sha]
            while waiting:
                name = waiting.pop()
                bit = 1 << self.bit[name]
                if seen & bit:
                    continue
                if name in self._reach:
                    seen |= self._reach[name]
                    continue
                seen |= bit
                if name in self.commits:
                    waiting.extend(self.commits[name].parents)
            self._reach[sha] = seen
        return self._reach[sha]

    def contains(self, descendant, ancestor):
        return ancestor in self.bit and bool(self.reach(descendant) >> self.bit[ancestor] & 1)

    def first_parents(self, sha):
        line = []
        while sha in self.commits:
            line.append(sha)
            parents = self.commits[sha].parents
            sha = parents[0] if parents else None
        return line

    def members(self, mask):
        while mask:
            low = mask & -mask
            yield self.names[low.bit_length() - 1]
            mask ^= low


def owns(prefixes, path):
    return not prefixes or any(path == prefix or path.startswith(prefix + "/") for prefix in prefixes)


def is_change_of(prefixes, paths):
    """Whether a change with these paths (None: not known) is one of an entity with these prefixes (none: all of it)."""
    return not prefixes or paths is None or any(owns(prefixes, path) for path in paths)


def brings_change(prefixes, commit):
    """Whether a commit (None: only named) may change what an entity runs."""
    return commit is None or commit.paths is None or any(owns(prefixes, path) for path in commit.paths)
