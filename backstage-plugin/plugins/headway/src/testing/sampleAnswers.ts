import { MessageInitShape, create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  EvidenceSchema,
  GetEntityMetricsResponse,
  GetEntityMetricsResponseSchema,
  GetMetricCatalogResponseSchema,
  MeasureSchema,
  Measure_Availability,
  Measure_Reason,
  Measure_Trend,
} from '../gen/headway/v1/metrics_pb';
import { GetCoverageResponseSchema } from '../gen/headway/v1/coverage_pb';
import {
  SourceProblem_Code,
  SourceStatus_Covers,
} from '../gen/headway/v1/source_pb';

/** A moment, of ISO 8601. */
export const at = (text: string) => timestampFromDate(new Date(text));

/** An available measure. */
export function measure(
  metric: string,
  value: number,
  more: MessageInitShape<typeof MeasureSchema> = {},
) {
  return create(MeasureSchema, {
    metric,
    availability: Measure_Availability.AVAILABLE,
    value,
    n: 18n,
    ...more,
  });
}

/** A measure without a number. */
export function noNumber(metric: string, reason: Measure_Reason, n = 0n) {
  return create(MeasureSchema, {
    metric,
    availability: Measure_Availability.NOT_ENOUGH_DATA,
    reason,
    n,
  });
}

/** The answer of a sample entity; `measures` replace those of the same name. */
export function answer(more: Partial<GetEntityMetricsResponse> = {}) {
  const sample = create(GetEntityMetricsResponseSchema, {
    entityRef: 'component:default/payments',
    scope: {
      windowDays: 30,
      timeZone: 'UTC',
      asOf: at('2026-08-01T00:00:00Z'),
    },
    windowStart: at('2026-07-02T00:00:00Z'),
    measures: [
      measure('deployment_frequency', 0.6, {
        before: 2 / 3,
        beforeN: 20n,
        trend: Measure_Trend.WORSE,
      }),
      measure('change_lead_time', 10_267, {
        n: 27n,
        before: 15_348,
        beforeN: 32n,
        trend: Measure_Trend.BETTER,
      }),
      measure('change_fail_rate', 1 / 18, {
        count: 1n,
        before: 0,
        beforeN: 20n,
        trend: Measure_Trend.WORSE,
      }),
      noNumber(
        'failed_deployment_recovery_time',
        Measure_Reason.TOO_FEW_EVENTS,
      ),
      measure('deployment_rework_rate', 0, { count: 0n }),
    ],
    coverage: {
      deployments: 18n,
      deploymentsWithKnownCommit: 17n,
      changes: 27n,
      incidents: 1n,
      incidentsLinkedByInference: 1n,
      dataUntil: [
        {
          source: 'ci',
          covers: SourceStatus_Covers.DEPLOYMENTS,
          until: at('2026-08-01T10:00:00Z'),
        },
        {
          source: 'argocd',
          covers: SourceStatus_Covers.DEPLOYMENTS,
          until: at('2026-07-31T09:00:00Z'),
        },
      ],
    },
    entityVersion: 5n,
    derivedShare: 1,
  });
  return Object.assign(sample, more);
}

/** A catalog with the kinds of benchmark that there are. */
export const catalog = create(GetMetricCatalogResponseSchema, {
  metrics: [
    {
      id: 'change_lead_time',
      parts: [{ name: 'p90', unit: 'seconds', definition: '90th percentile.' }],
    },
  ],
  benchmarks: [
    {
      name: 'Ladder 2023',
      year: 2023,
      source: 'example.org',
      metric: 'change_lead_time',
      bands: [
        { name: 'short', to: 86_400 },
        { name: 'long', from: 86_400 },
      ],
      note: 'Of that year.',
    },
    {
      name: 'Answers',
      year: 2025,
      metric: 'change_lead_time',
      bands: [{ name: 'less than one day', from: 3600, to: 86_400 }],
    },
    {
      name: 'Mean',
      year: 2025,
      metric: 'change_fail_rate',
      mean: 0.19,
      meanUnit: 'ratio',
    },
    {
      name: 'Mean',
      year: 2025,
      metric: 'deployment_frequency',
      mean: 4.8,
      meanUnit: 'score_0_10',
    },
  ],
});

/** What a title must never become. */
export const HOSTILE =
  '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>\u202Egnp.exe';

/** One fact of each kind, with hostile texts. */
export const evidence = [
  create(EvidenceSchema, {
    at: at('2026-07-02T09:45:32Z'),
    value: 1,
    counts: true,
    because: [`blamed by ${HOSTILE}`, 'blamed twice'],
    fact: {
      case: 'deployment',
      value: {
        source: 'ci',
        key: HOSTILE,
        environment: 'prod',
        stream: 'main',
        kind: 'release',
        sourceRevision: '3feb05ca11c78bc1b177cdc8f7596ebd8dd7045a',
        finishedAt: at('2026-07-02T09:45:32Z'),
        rollOutSize: 2,
      },
    },
  }),
  create(EvidenceSchema, {
    value: 3600,
    fact: {
      case: 'change',
      value: {
        repository: 'example.org/payments',
        number: 17n,
        mergedAt: at('2026-07-02T09:00:00Z'),
        codingSeconds: 60,
        deploySeconds: 1800,
      },
    },
  }),
  create(EvidenceSchema, {
    leftOut: 'it has no opening',
    fact: {
      case: 'incident',
      value: { source: 'pager', incidentId: 'I-1', title: HOSTILE },
    },
  }),
];

const watching = { covers: SourceStatus_Covers.DEPLOYMENTS };

/** An installation with an Argo CD that is watched, one that is silent, one that may not be read, and what watches no deployments. */
export const coverage = create(GetCoverageResponseSchema, {
  at: at('2026-08-01T10:00:00Z'),
  sources: [
    {
      ...watching,
      source: 'argocd:a',
      lastContactAt: at('2026-08-01T09:59:50Z'),
    },
    {
      ...watching,
      source: 'argocd:b',
      lastContactAt: at('2026-08-01T08:00:00Z'),
    },
    {
      ...watching,
      source: 'argocd:c',
      lastContactAt: at('2026-08-01T09:59:50Z'),
      problems: [
        {
          code: SourceProblem_Code.FORBIDDEN,
          subject: 'list applications.argoproj.io',
        },
      ],
    },
    { ...watching, source: 'ci' },
    {
      source: 'catalog:backstage',
      covers: SourceStatus_Covers.ENTITIES,
      lastContactAt: at('2026-08-01T09:59:50Z'),
    },
  ],
});
