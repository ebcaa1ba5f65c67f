// The first-parent histories of branches: where pull requests land.
#ifndef HEADWAY_INGESTER_GIT_BASE_LINES_H_
#define HEADWAY_INGESTER_GIT_BASE_LINES_H_

#include <string>
#include <vector>

#include "ingester/git/git_repository.h"
#include "ingester/git/history.h"

namespace headway {

// A stretch of first-parent history that belongs to one branch. Each commit lies on one line at most: the default branch takes its
// whole history, a release branch what it has of its own since it left.
struct BaseLine {
  std::string branch;                   // empty: only a tag is left of it
  std::vector<History::Node> commits;   // oldest first
  History::Node fork = History::kNone;  // the commit of another line before the first; kNone: the line begins at a root
};

// The default branch first, then release branches, other branches, and tags. Heads of pull requests make no line.
std::vector<BaseLine> BuildBaseLines(const History& history, const std::vector<GitRef>& refs,
                                     const std::string& default_branch);

}  // namespace headway

#endif  // HEADWAY_INGESTER_GIT_BASE_LINES_H_
