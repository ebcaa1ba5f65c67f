import {
  GetCoverageResponse,
  SourceCoverage,
} from '../../gen/headway/v1/coverage_pb';
import {
  SourceProblem,
  SourceProblem_Code,
  SourceStatus_Covers,
} from '../../gen/headway/v1/source_pb';
import { momentText } from '../../measures/timeText';

/** A source that heard nothing for longer is silent. */
const SILENT_AFTER_S = 600n;

const PROBLEMS: Partial<Record<SourceProblem_Code, string>> = {
  [SourceProblem_Code.UNREACHABLE]: 'cannot reach what it watches',
  [SourceProblem_Code.UNAUTHENTICATED]: 'is not let in',
  [SourceProblem_Code.FORBIDDEN]: 'is not allowed to',
  [SourceProblem_Code.NOT_FOUND]: 'does not find what it watches',
  [SourceProblem_Code.THROTTLED]: 'is told to come back later',
  [SourceProblem_Code.INVALID_ANSWER]:
    'gets answers that it does not understand',
  [SourceProblem_Code.REJECTED]: 'reports what is refused',
};

const problemText = ({ code, subject }: SourceProblem) =>
  [PROBLEMS[code] ?? 'has a problem', subject].filter(Boolean).join(': ');

/** The sources that watch for deployments. */
export function watchers(coverage: GetCoverageResponse): SourceCoverage[] {
  return coverage.sources.filter(
    s => s.covers === SourceStatus_Covers.DEPLOYMENTS && s.lastContactAt,
  );
}

/** Whether some stream is mapped to the entity, though nothing may have been deployed yet. */
export function hasStreams(coverage: GetCoverageResponse): boolean {
  return coverage.sources.some(s => s.streams > 0n);
}

/** How a source is, in words: "watches; last heard from it 2026-11-21 10:00 UTC". */
export function watcherText(
  source: SourceCoverage,
  coverage: GetCoverageResponse,
): string {
  if (source.problems.length > 0) return problemText(source.problems[0]);
  const { lastContactAt } = source;
  if (!lastContactAt || !coverage.at) return 'watches';
  const silent = coverage.at.seconds - lastContactAt.seconds > SILENT_AFTER_S;
  return silent
    ? `is silent since ${momentText(lastContactAt)}`
    : 'watches, and is up to date';
}
