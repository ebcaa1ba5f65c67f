import { Suspense, lazy, useState } from 'react';
import { GetEntityMetricsResponse } from '../../gen/headway/v1/metrics_pb';
import { MetricsQuery } from '../../api/metricsQuery';
import { useMetricCatalog } from '../../hooks/useMetricCatalog';
import { bucketFor, useMetricSeries } from '../../hooks/useMetricSeries';
import { FIVE_MEASURES, MeasureKind } from '../../measures/measures';
import { Targets } from '../../settings/targets';
import { CoverageLines } from './CoverageLines';
import { MeasureList } from './MeasureList';
import { MeasureTile } from './MeasureTile';

// Of no use until someone asks what is behind a number.
const EvidenceDrawer = lazy(() =>
  import('../evidence/EvidenceDrawer').then(m => ({
    default: m.EvidenceDrawer,
  })),
);

/** The five measures of an answer, and the drawer with what one of them was computed from. */
export const Measures = (props: {
  query: MetricsQuery;
  answer: GetEntityMetricsResponse;
  targets: Targets;
}) => {
  const { query, answer, targets } = props;
  const [explained, setExplained] = useState<MeasureKind>();
  const [asked, setAsked] = useState(false); // stays: closing is animated
  const explain = (kind: MeasureKind) => {
    setAsked(true);
    setExplained(kind);
  };
  const catalog = useMetricCatalog(answer.entityVersion);
  const series = useMetricSeries(query, answer.entityVersion);
  const measureOf = (kind: MeasureKind) =>
    answer.measures.find(m => m.metric === kind.id);
  return (
    <>
      <MeasureList>
        {FIVE_MEASURES.map(kind => (
          <MeasureTile
            key={kind.id}
            kind={kind}
            measure={measureOf(kind)}
            windowDays={query.windowDays}
            points={series[kind.id]}
            bucketName={bucketFor(query.windowDays).name}
            benchmarks={catalog?.benchmarks ?? []}
            target={targets[kind.id]}
            onExplain={() => explain(kind)}
          />
        ))}
      </MeasureList>
      <CoverageLines answer={answer} />
      {asked && (
        <Suspense fallback={null}>
          <EvidenceDrawer
            kind={explained}
            query={query}
            definition={catalog?.metrics.find(m => m.id === explained?.id)}
            benchmarks={catalog?.benchmarks ?? []}
            onClose={() => setExplained(undefined)}
          />
        </Suspense>
      )}
    </>
  );
};
