import {
  Evidence,
  ExplainedChange,
  ExplainedDeployment,
  ExplainedIncident,
} from '../../gen/headway/v1/metrics_pb';
import { MeasureKind } from '../../measures/measures';
import { momentText } from '../../measures/timeText';
import { countText, secondsText } from '../../measures/valueText';

/** A fact in words. */
export interface EvidenceWords {
  /** "Deployment", "Change", "Incident". */
  what: string;
  /** Its own name. */
  title: string;
  /** Facts about it. */
  lines: string[];
  /** What it adds to the number. */
  contribution: string;
}

const KINDS: Record<string, string> = {
  release: 'Release',
  rollback: 'Rollback',
  redeploy: 'Redeployment',
  config: 'Change of configuration',
  out_of_order: 'Deployment out of order',
};

const SHORT_REVISION = 12;

function deploymentWords(d: ExplainedDeployment, zone: string) {
  const lines = [
    `${KINDS[d.kind] ?? 'Deployment'} to ${d.environment}${
      d.stream && `, ${d.stream}`
    }`,
    ...(d.finishedAt ? [`Finished ${momentText(d.finishedAt, zone)}`] : []),
  ];
  if (d.sourceRevision) {
    const revision = d.sourceRevision.slice(0, SHORT_REVISION);
    lines.push(
      `Commit ${revision}${d.revisionEvidence && ` (${d.revisionEvidence})`}`,
    );
  } else {
    lines.push(
      `Its commit is not known${
        d.revisionEvidence && `: ${d.revisionEvidence}`
      }`,
    );
  }
  if (d.rollOutSize > 1) {
    lines.push(`One of ${d.rollOutSize} deployments of the same roll-out`);
  }
  return { what: 'Deployment', title: d.key, lines };
}

function stagesText(c: ExplainedChange): string[] {
  const stages: [string, number | undefined][] = [
    ['coding', c.codingSeconds],
    ['waiting for review', c.pickupSeconds],
    ['review', c.reviewSeconds],
    ['deployment', c.deploySeconds],
  ];
  const known = stages.filter(([, seconds]) => seconds !== undefined);
  if (!known.length) return [];
  return [
    known
      .map(([name, seconds]) => `${name} ${secondsText(seconds!)}`)
      .join(', '),
  ];
}

function changeWords(c: ExplainedChange, zone: string) {
  const lines: string[] = [];
  if (c.firstCommitAuthoredAt) {
    lines.push(`First commit ${momentText(c.firstCommitAuthoredAt, zone)}`);
  }
  if (c.mergedAt) lines.push(`Merged ${momentText(c.mergedAt, zone)}`);
  if (c.shippedBy) {
    lines.push(
      `Shipped by ${c.shippedBy.key}${
        c.shippedBy.finishedAt
          ? `, ${momentText(c.shippedBy.finishedAt, zone)}`
          : ''
      }`,
    );
  }
  const name = c.number
    ? `#${c.number}`
    : c.mergeCommitSha.slice(0, SHORT_REVISION);
  return {
    what: 'Change',
    title: `${c.repository} ${name}`,
    lines: [...lines, ...stagesText(c)],
  };
}

function incidentWords(i: ExplainedIncident, zone: string) {
  const lines = [
    `${i.source} ${i.incidentId}`,
    ...(i.openedAt ? [`Opened ${momentText(i.openedAt, zone)}`] : []),
    i.resolvedAt ? `Resolved ${momentText(i.resolvedAt, zone)}` : 'Still open',
  ];
  if (i.blamed) {
    const how = i.explicitLink ? 'an explicit link' : 'the rule of time';
    lines.push(`Blames ${i.blamed.key}, by ${how}`);
  }
  return { what: 'Incident', title: i.title || i.incidentId, lines };
}

/** What being marked says, for rates; for times, that it has not ended. */
const MARKS: Record<string, string> = {
  change_fail_rate: 'failed',
  deployment_rework_rate: 'unplanned',
};

function contributionText(evidence: Evidence, kind: MeasureKind): string {
  if (evidence.leftOut) return 'not counted';
  if (evidence.value === undefined) return 'for information';
  if (kind.unit === 'seconds') {
    const span = secondsText(evidence.value);
    return evidence.counts ? `${span}, still open` : span;
  }
  if (kind.unit === 'ratio') {
    return evidence.counts ? MARKS[kind.id] ?? 'counted' : 'counted';
  }
  return evidence.value === 1
    ? 'counted'
    : `counts ${countText(evidence.value)}`;
}

/** A fact behind a number, in words. Everything in it is text from outside, and stays text. */
export function evidenceWords(
  evidence: Evidence,
  kind: MeasureKind,
  zone: string,
): EvidenceWords {
  const contribution = contributionText(evidence, kind);
  const { fact } = evidence;
  switch (fact.case) {
    case 'deployment':
      return { ...deploymentWords(fact.value, zone), contribution };
    case 'change':
      return { ...changeWords(fact.value, zone), contribution };
    case 'incident':
      return { ...incidentWords(fact.value, zone), contribution };
    default:
      return {
        what: 'Fact',
        title: 'of another kind',
        lines: [],
        contribution,
      };
  }
}
