import { useCallback, useEffect, useState } from 'react';
import { Code, ConnectError } from '@connectrpc/connect';
import { useApi } from '@backstage/core-plugin-api';
import { GetEntityMetricsResponse } from '../gen/headway/v1/metrics_pb';
import { headwayApiRef } from '../api/headwayApi';
import { MetricsQuery } from '../api/metricsQuery';
import { followMetrics } from '../watch/followMetrics';
import { documentVisibility } from '../watch/pageVisibility';

/** What is known of an entity's measures. */
export interface EntityMetrics {
  /** The latest answer; stays while the connection is lost. */
  answer?: GetEntityMetricsResponse;
  /** Nothing is known of the entity. */
  unknownEntity?: boolean;
  /** Why there is no answer, or none that is newer. */
  error?: ConnectError;
  /** Asks again, now. */
  retry: () => void;
}

type State = Omit<EntityMetrics, 'retry'> & { query?: MetricsQuery };

/** The measures, followed live where the window ends now, asked once where it does not. */
export function useEntityMetrics(query: MetricsQuery): EntityMetrics {
  const api = useApi(headwayApiRef);
  const [state, setState] = useState<State>({});
  const [attempt, setAttempt] = useState(0);
  const retry = useCallback(() => {
    setState({});
    setAttempt(n => n + 1);
  }, []);

  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const onAnswer = (answer: GetEntityMetricsResponse) => {
      if (!signal.aborted) setState({ query, answer });
    };
    const onFailure = (error: ConnectError) => {
      if (signal.aborted) return;
      if (error.code === Code.NotFound)
        setState({ query, unknownEntity: true });
      else
        setState(old => ({
          ...(old.query === query ? old : {}),
          query,
          error,
        }));
    };
    if (query.live) {
      followMetrics(
        api,
        query,
        { onAnswer, onFailure },
        documentVisibility,
        signal,
      );
    } else {
      api
        .getEntityMetrics(
          { entityRef: query.entityRef, scope: query.scope },
          { signal },
        )
        .then(onAnswer, thrown => onFailure(ConnectError.from(thrown)));
    }
    return () => controller.abort();
  }, [api, query, attempt]);

  const { query: of, ...known } = state;
  return { ...(of === query ? known : {}), retry };
}
