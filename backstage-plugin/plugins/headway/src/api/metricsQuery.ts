import { MessageInitShape, create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { MetricScopeSchema } from '../gen/headway/v1/metrics_pb';

/** What the card asks about. */
export interface MetricsQuery {
  entityRef: string;
  scope: MessageInitShape<typeof MetricScopeSchema>;
  /** Days of the window. */
  windowDays: number;
  /** Whether the window ends now, so that the numbers can change. */
  live: boolean;
}

/** The windows that a person can choose, in days. */
export const WINDOWS = [7, 30, 90, 365] as const;

/** The question for an entity over a window. */
export function metricsQuery(
  of: { entityRef: string; environment: string; asOfMs?: number },
  windowDays: number,
): MetricsQuery {
  return {
    entityRef: of.entityRef,
    scope: create(MetricScopeSchema, {
      windowDays,
      environment: of.environment,
      asOf: of.asOfMs === undefined ? undefined : timestampFromMs(of.asOfMs),
    }),
    windowDays,
    live: of.asOfMs === undefined,
  };
}
