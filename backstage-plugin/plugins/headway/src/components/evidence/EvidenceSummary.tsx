import { Text } from '@backstage/ui';
import {
  Benchmark,
  ExplainMetricResponse,
  MetricDefinition,
} from '../../gen/headway/v1/metrics_pb';
import { benchmarkName, benchmarksFor } from '../../measures/benchmark';
import { MeasureKind } from '../../measures/measures';
import { computedFromText, valueOf, whyNone } from '../../measures/measureText';
import { dayText } from '../../measures/timeText';
import { valueText } from '../../measures/valueText';
import { Muted } from '../Muted';

/** The number, how it follows from the facts, its parts, and every benchmark that can be set beside it. */
export const EvidenceSummary = (props: {
  head: ExplainMetricResponse;
  kind: MeasureKind;
  definition?: MetricDefinition;
  benchmarks: readonly Benchmark[];
}) => {
  const { head, kind, definition } = props;
  const { measure, scope, windowStart } = head;
  const value = valueOf(measure);
  const zone = scope?.timeZone || 'UTC';
  const beside = benchmarksFor(props.benchmarks, kind.id, value, kind.unit);
  return (
    <>
      <Text as="p" variant="title-small" weight="bold">
        {measure && value !== undefined
          ? `${measure.moreThan ? 'more than ' : ''}${valueText(
              value,
              kind.unit,
            )}`
          : 'Not enough data'}
      </Text>
      <Muted as="p">
        {measure && value !== undefined
          ? `From ${computedFromText(measure, kind)}`
          : whyNone(measure, kind)}
        {windowStart &&
          scope?.asOf &&
          `, ${dayText(windowStart, zone)} to ${dayText(scope.asOf, zone)}`}
      </Muted>
      <Text as="p" variant="body-medium">
        {head.definition}
      </Text>
      {definition?.parts.map(({ name, unit, definition: meaning }) => {
        const part = measure?.parts.find(p => p.name === name);
        if (part?.value === undefined) return null;
        return (
          <Text key={name} as="p" variant="body-small">
            <strong>{valueText(part.value, unit)}</strong> {meaning}
          </Text>
        );
      })}
      {beside.map(({ benchmark, text }) => (
        <Muted key={`${benchmark.name} ${benchmark.year}`} as="p">
          {benchmarkName(benchmark)}: {text}. {benchmark.note} Source:{' '}
          {benchmark.source}.
        </Muted>
      ))}
    </>
  );
};
