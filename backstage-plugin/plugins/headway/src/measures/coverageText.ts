import { Coverage, DataUntil } from '../gen/headway/v1/metrics_pb';
import { SourceStatus_Covers as Covers } from '../gen/headway/v1/source_pb';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { countText, countedText } from './valueText';
import { momentText } from './timeText';

const KINDS: [Covers, string][] = [
  [Covers.DEPLOYMENTS, 'deployments'],
  [Covers.CHANGES, 'changes'],
  [Covers.INCIDENTS, 'incidents'],
];

/** What all numbers together were computed from. */
export function computedFrom(coverage: Coverage): string {
  return [
    countedText(coverage.deployments, ['deployment', 'deployments']),
    `${countedText(coverage.changes, ['change', 'changes'])} shipped`,
    countedText(coverage.incidents, ['incident', 'incidents']),
  ].join(', ');
}

/** What the numbers lack, a sentence each. Empty: nothing that is known of. */
export function gapsOf(coverage: Coverage): string[] {
  const withoutCommit =
    coverage.deployments - coverage.deploymentsWithKnownCommit;
  const gaps: [bigint, string][] = [
    [
      withoutCommit,
      `${countText(withoutCommit)} of ${countText(
        coverage.deployments,
      )} deployments without a known commit`,
    ],
    [
      coverage.changesFirstCommitUnknown,
      `${countText(coverage.changesFirstCommitUnknown)} of ${countText(
        coverage.changes,
      )} changes without a known first commit`,
    ],
    [
      coverage.changesNotShipped,
      `${countText(coverage.changesNotShipped)} of ${countText(
        coverage.changesMerged,
      )} merged changes not shipped yet`,
    ],
    [
      coverage.incidentsLinkedByInference,
      `${countedText(coverage.incidentsLinkedByInference, [
        'incident',
        'incidents',
      ])} linked by the rule of time, not by an explicit link`,
    ],
    [
      coverage.incidentsWithBrokenLink,
      `${countedText(coverage.incidentsWithBrokenLink, [
        'incident',
        'incidents',
      ])} whose link leads to no deployment`,
    ],
    [
      coverage.incidentsWithoutOpening,
      `${countedText(coverage.incidentsWithoutOpening, [
        'incident',
        'incidents',
      ])} without an opening`,
    ],
    [
      coverage.negativeSpans,
      `${countedText(coverage.negativeSpans, [
        'value',
        'values',
      ])} left out because the end is before the beginning`,
    ],
    [
      coverage.futureTimestamps,
      `${countedText(coverage.futureTimestamps, [
        'event',
        'events',
      ])} dated in the future`,
    ],
  ];
  const sentences = gaps.filter(([n]) => n > 0n).map(([, text]) => text);
  if (coverage.historyTruncated) {
    sentences.push('the commit history is not mirrored as far as needed');
  }
  return sentences;
}

/** Until when each kind of fact is complete: as far as its slowest source. A kind without a source is named, too. */
export function dataUntil(
  sources: readonly DataUntil[],
  timeZone: string,
): { kind: string; until: string; sources: string }[] {
  return KINDS.map(([covers, kind]) => {
    const own = sources.filter(s => s.covers === covers && s.until);
    const earliest = own.reduce<DataUntil | undefined>(
      (least, s) =>
        least?.until && timestampMs(least.until) <= timestampMs(s.until!)
          ? least
          : s,
      undefined,
    );
    return {
      kind,
      until: earliest?.until
        ? momentText(earliest.until, timeZone)
        : 'no source',
      sources: own.map(s => s.source).join(', '),
    };
  });
}
