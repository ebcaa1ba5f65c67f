import {
  Code,
  ConnectError,
  ServiceImpl,
  createRouterTransport,
} from '@connectrpc/connect';
import { CoverageService } from '../gen/headway/v1/coverage_pb';
import { MetricsService } from '../gen/headway/v1/metrics_pb';
import { createHeadwayApi } from '../api/headwayApi';
import { answer, catalog } from './sampleAnswers';

/** The service in memory: real clients, real messages, no network. What is not given answers with a sample. */
export function inMemoryService(
  handlers: Partial<ServiceImpl<typeof MetricsService>> = {},
  coverage: Partial<ServiceImpl<typeof CoverageService>> = {},
) {
  return createHeadwayApi(
    createRouterTransport(({ service }) => {
      service(MetricsService, {
        getMetricCatalog: () => catalog,
        getEntityMetrics: () => answer(),
        // Stays open, as the real one does.
        async *watchEntityMetrics(_, { signal }) {
          yield answer();
          await untilAborted(signal);
        },
        ...handlers,
      });
      service(CoverageService, coverage);
    }),
  );
}

/** A service that knows nothing of the entity. */
export const unknownEntity: Partial<ServiceImpl<typeof MetricsService>> = {
  // eslint-disable-next-line require-yield
  async *watchEntityMetrics() {
    throw new ConnectError('nothing is known', Code.NotFound);
  },
};

/** Resolves when the caller has gone. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve());
  });
}
