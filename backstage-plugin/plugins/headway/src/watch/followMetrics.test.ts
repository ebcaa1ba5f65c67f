import { Code, ConnectError } from '@connectrpc/connect';
import { waitFor } from '@testing-library/react';
import { metricsQuery } from '../api/metricsQuery';
import { inMemoryService, untilAborted } from '../testing/inMemoryService';
import { answer } from '../testing/sampleAnswers';
import { backoffMs } from './backoff';
import { followMetrics } from './followMetrics';
import { PageVisibility } from './pageVisibility';

const query = metricsQuery(
  { entityRef: 'component:default/payments', environment: '' },
  30,
);

class FakePage implements PageVisibility {
  private shown = true;
  private listeners = new Set<() => void>();
  visible = () => this.shown;
  onChange = (listener: () => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  show(shown: boolean) {
    this.shown = shown;
    this.listeners.forEach(listener => listener());
  }
}

function follow(
  watch: (signal: AbortSignal) => AsyncIterable<ReturnType<typeof answer>>,
) {
  const versions: bigint[] = [];
  const failures: [Code, boolean][] = [];
  const page = new FakePage();
  const controller = new AbortController();
  const done = followMetrics(
    inMemoryService({
      watchEntityMetrics: (_, { signal }) => watch(signal),
    }),
    query,
    {
      onAnswer: a => versions.push(a.entityVersion),
      onFailure: (error, final) => failures.push([error.code, final]),
    },
    page,
    controller.signal,
  );
  return { versions, failures, page, done, stop: () => controller.abort() };
}

describe('followMetrics', () => {
  it('hands on every answer of one watch', async () => {
    const { versions, stop, done } = follow(async function* watch(signal) {
      yield answer({ entityVersion: 1n });
      yield answer({ entityVersion: 2n });
      await untilAborted(signal);
    });
    await waitFor(() => expect(versions).toEqual([1n, 2n]));
    stop();
    await done;
  });

  it('connects again after a failure, and after an end', async () => {
    let watches = 0n;
    const { versions, failures, stop, done } = follow(async function* watch() {
      yield answer({ entityVersion: ++watches });
      if (watches === 1n) throw new ConnectError('gone', Code.Unavailable);
    });
    await waitFor(() => expect(versions).toEqual([1n, 2n, 3n]), {
      timeout: 5000,
    });
    expect(failures.slice(0, 2)).toEqual([
      [Code.Unavailable, false],
      [Code.Unavailable, false],
    ]);
    stop();
    await done;
  });

  it('gives up where the same call would get the same answer', async () => {
    // eslint-disable-next-line require-yield
    const { failures, done } = follow(async function* watch() {
      throw new ConnectError('environment: bad', Code.InvalidArgument);
    });
    await done;
    expect(failures).toEqual([[Code.InvalidArgument, true]]);
  });

  it('holds no connection while nobody sees the page', async () => {
    let open = 0;
    const { versions, page, stop, done } = follow(async function* watch(
      signal,
    ) {
      open += 1;
      yield answer({ entityVersion: BigInt(versions.length + 1) });
      await untilAborted(signal);
      open -= 1;
    });
    await waitFor(() => expect(versions).toEqual([1n]));
    page.show(false);
    await waitFor(() => expect(open).toBe(0));
    page.show(true);
    await waitFor(() => expect(versions).toEqual([1n, 2n]));
    expect(open).toBe(1);
    stop();
    await done;
    expect(open).toBe(0);
  });
});

describe('backoffMs', () => {
  it('doubles to half a minute, with jitter', () => {
    expect(backoffMs(0, () => 1)).toBe(1000);
    expect(backoffMs(0, () => 0)).toBe(500);
    expect(backoffMs(3, () => 1)).toBe(8000);
    expect(backoffMs(1000, () => 1)).toBe(30_000);
  });
});
