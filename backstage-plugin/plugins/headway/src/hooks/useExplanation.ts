import { useCallback, useEffect, useRef, useState } from 'react';
import { ConnectError } from '@connectrpc/connect';
import { useApi } from '@backstage/core-plugin-api';
import { Evidence, ExplainMetricResponse } from '../gen/headway/v1/metrics_pb';
import { headwayApiRef } from '../api/headwayApi';
import { MetricsQuery } from '../api/metricsQuery';

const PAGE_SIZE = 25;

/** The facts behind a number, as far as they have been asked for. */
export interface Explanation {
  /** The answer with the first page; undefined until it is there. */
  head?: ExplainMetricResponse;
  evidence: Evidence[];
  /** Whether more can be asked for. */
  more: boolean;
  loading: boolean;
  error?: ConnectError;
  /** Asks for the next page, or again for the one that failed. */
  loadMore: () => void;
}

type State = Omit<Explanation, 'loadMore' | 'more'> & { token: string };
const NOTHING: State = { evidence: [], loading: true, token: '' };

/** Explains a measure, page by page. Mount it anew for another measure. */
export function useExplanation(
  query: MetricsQuery,
  metric: string,
): Explanation {
  const api = useApi(headwayApiRef);
  const [state, setState] = useState<State>(NOTHING);
  const controller = useRef<AbortController>();

  const load = useCallback(
    (pageToken: string) => {
      controller.current?.abort();
      const { signal } = (controller.current = new AbortController());
      setState(old => ({ ...old, loading: true, error: undefined }));
      api
        .explainMetric(
          {
            entityRef: query.entityRef,
            scope: query.scope,
            metric,
            pageSize: PAGE_SIZE,
            pageToken,
          },
          { signal },
        )
        .then(
          page => {
            if (signal.aborted) return;
            setState(old => ({
              head: old.head ?? page,
              evidence: [...old.evidence, ...page.evidence],
              token: page.nextPageToken,
              loading: false,
            }));
          },
          thrown => {
            if (signal.aborted) return;
            const error = ConnectError.from(thrown);
            setState(old => ({ ...old, loading: false, error }));
          },
        );
    },
    [api, query, metric],
  );

  useEffect(() => {
    setState(NOTHING);
    load('');
    return () => controller.current?.abort();
  }, [load]);

  const { token, ...known } = state;
  return {
    ...known,
    more: token !== '' || (state.error !== undefined && !state.head),
    loadMore: () => load(token),
  };
}
