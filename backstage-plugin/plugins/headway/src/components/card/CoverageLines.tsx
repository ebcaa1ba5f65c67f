import { GetEntityMetricsResponse } from '../../gen/headway/v1/metrics_pb';
import { computedFrom, dataUntil, gapsOf } from '../../measures/coverageText';
import { Muted } from '../Muted';

/** What the numbers rest on: how much of the input could be used, and until when it is complete. */
export const CoverageLines = ({
  answer,
}: {
  answer: GetEntityMetricsResponse;
}) => {
  const { coverage, scope } = answer;
  if (!coverage) return null;
  const gaps = gapsOf(coverage);
  const until = dataUntil(coverage.dataUntil, scope?.timeZone || 'UTC');
  return (
    <>
      <Muted as="p">
        Computed from {computedFrom(coverage)}.
        {gaps.length > 0 && ` Coverage: ${gaps.join('; ')}.`}
        {answer.derivedShare < 1 &&
          ` Being computed anew: ${(answer.derivedShare * 100).toFixed(
            0,
          )} % done.`}
      </Muted>
      <Muted as="p">
        Data until:{' '}
        {until.map(({ kind, until: moment, sources }, i) => (
          <span key={kind} title={sources || undefined}>
            {i > 0 && ' · '}
            {kind} {moment}
          </span>
        ))}
      </Muted>
    </>
  );
};
