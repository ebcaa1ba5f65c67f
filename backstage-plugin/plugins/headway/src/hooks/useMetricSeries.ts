import { useEffect, useState } from 'react';
import { useApi } from '@backstage/core-plugin-api';
import {
  GetMetricSeriesRequest_Bucket as Bucket,
  SeriesPoint,
} from '../gen/headway/v1/metrics_pb';
import { headwayApiRef } from '../api/headwayApi';
import { MetricsQuery } from '../api/metricsQuery';
import { FIVE_MEASURES } from '../measures/measures';

/** Points by id of the measure; one that has not come is absent. */
export type SeriesByMetric = Partial<Record<string, SeriesPoint[]>>;

/** Length of a bucket, so that a line has about 7 to 14 points. */
export function bucketFor(windowDays: number): {
  bucket: Bucket;
  name: string;
} {
  if (windowDays <= 14) return { bucket: Bucket.DAY, name: 'day' };
  if (windowDays <= 100) return { bucket: Bucket.WEEK, name: 'week' };
  return { bucket: Bucket.MONTH, name: 'month' };
}

/** The course of each measure over the window, asked anew when the entity's facts have changed. */
export function useMetricSeries(
  query: MetricsQuery,
  /** Version of the facts; undefined: do not ask yet. */
  entityVersion: bigint | undefined,
): SeriesByMetric {
  const api = useApi(headwayApiRef);
  const [state, setState] = useState<{
    query?: MetricsQuery;
    series: SeriesByMetric;
  }>({ series: {} });

  useEffect(() => {
    if (entityVersion === undefined) return undefined;
    const controller = new AbortController();
    const { bucket } = bucketFor(query.windowDays);
    for (const { id: metric } of FIVE_MEASURES) {
      const request = {
        entityRef: query.entityRef,
        scope: query.scope,
        metric,
        bucket,
      };
      api.getMetricSeries(request, { signal: controller.signal }).then(
        ({ points }) => {
          if (controller.signal.aborted) return;
          setState(old => ({
            query,
            series: {
              ...(old.query === query ? old.series : {}),
              [metric]: points,
            },
          }));
        },
        () => {}, // a card without a line is still right
      );
    }
    return () => controller.abort();
  }, [api, query, entityVersion]);

  return state.query === query ? state.series : {};
}
