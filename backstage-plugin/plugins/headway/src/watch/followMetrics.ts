import { Code, ConnectError } from '@connectrpc/connect';
import { GetEntityMetricsResponse } from '../gen/headway/v1/metrics_pb';
import { HeadwayApi } from '../api/headwayApi';
import { MetricsQuery } from '../api/metricsQuery';
import { PageVisibility, untilVisible } from './pageVisibility';
import { backoffMs, sleep } from './backoff';

/**
 * A watch is begun anew after this long: the window moves even when nothing happens, the user's token has an end, and a connection
 * that died without a word would not be noticed.
 */
const RENEW_AFTER_MS = 10 * 60_000;

/** An entity of which nothing is known may become known: it is asked for again this often. */
const UNKNOWN_RETRY_MS = 10_000;

/** What the same call would answer again. */
const FINAL = new Set([
  Code.InvalidArgument,
  Code.Unimplemented,
  Code.PermissionDenied,
  Code.Unauthenticated,
]);

/** What a follower is told. */
export interface Follower {
  onAnswer(answer: GetEntityMetricsResponse): void;
  /** The connection failed; it is tried again unless `final`. */
  onFailure(error: ConnectError, final: boolean): void;
}

async function watchOnce(
  api: HeadwayApi,
  query: MetricsQuery,
  page: PageVisibility,
  signal: AbortSignal,
  onAnswer: Follower['onAnswer'],
): Promise<'renew'> {
  const connection = new AbortController();
  const stop = () => connection.abort();
  signal.addEventListener('abort', stop);
  const forget = page.onChange(() => page.visible() || stop());
  const timer = setTimeout(stop, RENEW_AFTER_MS);
  try {
    const stream = api.watchEntityMetrics(
      { entityRef: query.entityRef, scope: query.scope },
      { signal: connection.signal, timeoutMs: 0 },
    );
    for await (const answer of stream) {
      if (connection.signal.aborted) return 'renew';
      onAnswer(answer);
    }
    throw new ConnectError('the service ended the watch', Code.Unavailable);
  } catch (error) {
    if (connection.signal.aborted) return 'renew';
    throw error;
  } finally {
    clearTimeout(timer);
    forget();
    signal.removeEventListener('abort', stop);
    stop();
  }
}

/**
 * Follows the measures of an entity until the signal is given or a failure is final. Reconnects with back-off; holds no connection
 * while nobody can see the page.
 */
export async function followMetrics(
  api: HeadwayApi,
  query: MetricsQuery,
  follower: Follower,
  page: PageVisibility,
  signal: AbortSignal,
): Promise<void> {
  let attempt = 0;
  const onAnswer = (answer: GetEntityMetricsResponse) => {
    attempt = 0;
    follower.onAnswer(answer);
  };
  while (!signal.aborted) {
    await untilVisible(page, signal);
    if (signal.aborted) return;
    try {
      await watchOnce(api, query, page, signal, onAnswer);
    } catch (thrown) {
      const error = ConnectError.from(thrown);
      const final = FINAL.has(error.code);
      follower.onFailure(error, final);
      if (final) return;
      const unknown = error.code === Code.NotFound;
      await sleep(unknown ? UNKNOWN_RETRY_MS : backoffMs(attempt++), signal);
    }
  }
}
