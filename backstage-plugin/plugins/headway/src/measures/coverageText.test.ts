import { answer } from '../testing/sampleAnswers';
import { computedFrom, dataUntil, gapsOf } from './coverageText';

describe('coverage', () => {
  const coverage = answer().coverage!;

  it('says what was used and what was lacking', () => {
    expect(computedFrom(coverage)).toBe(
      '18 deployments, 27 changes shipped, 1 incident',
    );
    expect(gapsOf(coverage)).toEqual([
      '1 of 18 deployments without a known commit',
      '1 incident linked by the rule of time, not by an explicit link',
    ]);
    coverage.historyTruncated = true;
    expect(gapsOf(coverage)).toContain(
      'the commit history is not mirrored as far as needed',
    );
  });

  it('is complete as far as the slowest source', () => {
    expect(dataUntil(coverage.dataUntil, 'Europe/Berlin')).toEqual([
      {
        kind: 'deployments',
        until: '2026-07-31 11:00 Europe/Berlin',
        sources: 'ci, argocd',
      },
      { kind: 'changes', until: 'no source', sources: '' },
      { kind: 'incidents', until: 'no source', sources: '' },
    ]);
  });
});
