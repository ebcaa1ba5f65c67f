import { create, toBinary } from '@bufbuild/protobuf';
import {
  Code,
  ConnectError,
  Transport,
  createClient,
} from '@connectrpc/connect';
import { createGrpcWebTransport } from '@connectrpc/connect-web';
import {
  GetEntityMetricsResponseSchema,
  MetricsService,
} from '../gen/headway/v1/metrics_pb';
import { createBinaryTransport } from './binaryTransport';

const OK = 'grpc-status: 0\r\n';

function frame(flags: number, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(5 + data.length);
  bytes[0] = flags;
  new DataView(bytes.buffer).setUint32(1, data.length);
  bytes.set(data, 5);
  return bytes;
}

const message = (entityRef: string) =>
  frame(
    0,
    toBinary(
      GetEntityMetricsResponseSchema,
      create(GetEntityMetricsResponseSchema, { entityRef }),
    ),
  );
const trailer = (text: string) => frame(0x80, new TextEncoder().encode(text));

function join(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

function bodyOf(bytes: Uint8Array, step: number): ReadableStream<Uint8Array> {
  let offset = 0;
  return new ReadableStream({
    pull(controller) {
      if (offset >= bytes.length) controller.close();
      else controller.enqueue(bytes.slice(offset, (offset += step)));
    },
  });
}

interface Answer {
  body?: Uint8Array;
  headers?: Record<string, string>;
  status?: number;
}

/** What an answer comes out as: refs of the messages, then "ok" or the code. */
async function outcome(
  make: typeof createBinaryTransport,
  call: 'unary' | 'stream',
  answer: Answer,
  step: number,
): Promise<string[]> {
  const fetch = async () =>
    ({
      status: answer.status ?? 200,
      headers: new Headers({
        'content-type': 'application/grpc-web+proto',
        ...answer.headers,
      }),
      body: bodyOf(answer.body ?? new Uint8Array(), step),
    } as Response);
  const transport: Transport = make({
    baseUrl: 'https://example.org',
    fetch: fetch as typeof globalThis.fetch,
    defaultTimeoutMs: 5000,
  });
  const client = createClient(MetricsService, transport);
  const seen: string[] = [];
  try {
    if (call === 'unary') {
      seen.push((await client.getEntityMetrics({})).entityRef);
    } else {
      for await (const item of client.watchEntityMetrics({})) {
        seen.push(item.entityRef);
      }
    }
    return [...seen, 'ok'];
  } catch (error) {
    return [...seen, Code[ConnectError.from(error).code]];
  }
}

const ANSWERS: Record<string, Answer> = {
  'one message': { body: join(message('a'), trailer(OK)) },
  'two messages': { body: join(message('a'), message('b'), trailer(OK)) },
  'no message': { body: trailer(OK) },
  'an error in the trailer': {
    body: trailer('grpc-status: 5\r\ngrpc-message: nothing%20is%20known\r\n'),
  },
  'an error after a message': {
    body: join(message('a'), trailer('grpc-status: 14\r\n')),
  },
  'an error in the headers': { headers: { 'grpc-status': '8' } },
  'no trailer': { body: message('a') },
  'a message that is cut': { body: message('abcdef').slice(0, 8) },
  'a message that is none': {
    body: join(frame(0, new Uint8Array([0xff, 0xff])), trailer(OK)),
  },
  'compressed output': {
    body: join(frame(1, new Uint8Array([1])), trailer(OK)),
  },
  'a page of a proxy': {
    status: 502,
    headers: { 'content-type': 'text/html' },
  },
  'a refusal of a proxy': { status: 401 },
};

describe('createBinaryTransport', () => {
  for (const [name, answer] of Object.entries(ANSWERS)) {
    for (const call of ['unary', 'stream'] as const) {
      it(`takes ${name} as Connect's own transport does (${call})`, async () => {
        const own = await outcome(createGrpcWebTransport, call, answer, 1e6);
        expect(await outcome(createBinaryTransport, call, answer, 1e6)).toEqual(
          own,
        );
        expect(await outcome(createBinaryTransport, call, answer, 1)).toEqual(
          own,
        );
      });
    }
  }

  it.each(['unary', 'stream'] as const)(
    'refuses data after the trailer (%s)',
    async call => {
      const body = join(message('a'), trailer(OK), message('b'));
      const seen = await outcome(createBinaryTransport, call, { body }, 1e6);
      expect(seen[seen.length - 1]).toBe('Unknown');
    },
  );

  it('sends what Connect sends', async () => {
    const requests: unknown[] = [];
    for (const make of [createGrpcWebTransport, createBinaryTransport]) {
      const transport = make({
        baseUrl: 'https://example.org/',
        defaultTimeoutMs: 5000,
        fetch: (async (url: string, { headers, body, method }: any) => {
          requests.push({
            url,
            method,
            body: [...body],
            headers: [...headers],
          });
          throw new TypeError('no network');
        }) as typeof globalThis.fetch,
      });
      const client = createClient(MetricsService, transport);
      const request = { entityRef: 'component:default/x' };
      await expect(client.getEntityMetrics(request)).rejects.toThrow();
      await expect(
        client
          .watchEntityMetrics(request, { timeoutMs: 0 })
          [Symbol.asyncIterator]()
          .next(),
      ).rejects.toThrow();
    }
    expect(requests.slice(2)).toEqual(requests.slice(0, 2));
    expect(JSON.stringify(requests[0])).toContain('grpc-timeout');
    expect(JSON.stringify(requests[1])).not.toContain('grpc-timeout');
  });

  it('ends at the deadline, and when the caller goes', async () => {
    const transport = createBinaryTransport({
      baseUrl: 'https://example.org',
      defaultTimeoutMs: 50,
      fetch: ((_: string, { signal }: RequestInit) =>
        new Promise((_resolve, reject) => {
          signal!.addEventListener('abort', () => reject(signal!.reason));
        })) as typeof globalThis.fetch,
    });
    const client = createClient(MetricsService, transport);
    await expect(client.getEntityMetrics({})).rejects.toMatchObject({
      code: Code.DeadlineExceeded,
    });
    const controller = new AbortController();
    const call = client.getEntityMetrics(
      {},
      { signal: controller.signal, timeoutMs: 0 },
    );
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: Code.Canceled });
  });
});
