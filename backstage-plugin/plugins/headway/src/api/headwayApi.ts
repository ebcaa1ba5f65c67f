import { Client, Transport, createClient } from '@connectrpc/connect';
import { createApiRef } from '@backstage/core-plugin-api';
import { MetricsService } from '../gen/headway/v1/metrics_pb';
import { createBinaryTransport } from './binaryTransport';

/** The service of the measures, as `proto/headway/v1/metrics.proto` describes it. */
export type HeadwayApi = Client<typeof MetricsService> & {
  /** For clients of further services, which are loaded where they are needed. */
  readonly transport: Transport;
};

/** Where components find the service. */
export const headwayApiRef = createApiRef<HeadwayApi>({
  id: 'plugin.headway.metrics',
});

/** The way through Backstage's proxy, which needs nothing but an endpoint `/headway` in the app's configuration. */
const THROUGH_THE_PROXY = 'plugin://proxy/headway';

/** A question that is not answered by then has failed. A watch has no end. */
const DEADLINE_MS = 20_000;

/** The client over any transport; in tests an in-memory one. */
export function createHeadwayApi(transport: Transport): HeadwayApi {
  return { ...createClient(MetricsService, transport), transport };
}

/** The client over gRPC-web. `fetch` adds the user's token and resolves `plugin://`. */
export function createGrpcWebApi(options: {
  gatewayUrl?: string;
  fetch: typeof globalThis.fetch;
}): HeadwayApi {
  return createHeadwayApi(
    createBinaryTransport({
      baseUrl: options.gatewayUrl?.replace(/\/+$/, '') || THROUGH_THE_PROXY,
      fetch: options.fetch,
      defaultTimeoutMs: DEADLINE_MS,
    }),
  );
}
