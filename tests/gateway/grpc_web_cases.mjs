// The npm package grpc-web against the gateway, binary and text; the same in Node and in Chromium.
import { grpcWebClient, connectClient, newId } from './echo.mjs';
import { bytes, equal, eventually, failure, ok, sleep } from './expect.mjs';

const MESSAGE = 'näïve 100% ✓';

function collect(stream) {
  return new Promise((resolve, reject) => {
    const all = [];
    let status;
    stream.on('data', (answer) => all.push(answer));
    stream.on('status', (s) => (status = s));
    stream.on('error', reject);
    stream.on('end', () => resolve({ all, status }));
  });
}

function unaryCases(gateway, format) {
  const client = grpcWebClient(gateway, format);
  return {
    async [`grpc-web ${format}: unary, every byte, metadata`]() {
      for (const length of [0, 1, 2, 3, 256]) {
        const answer = await client.echo({ payload: bytes(length) }, { 'headway-a': 'one' });
        equal(answer.payload, bytes(length), 'payload');
        equal(new TextDecoder().decode(answer.metadata['headway-a']), 'one', 'metadata');
      }
    },
    async [`grpc-web ${format}: 5 MiB there and back`]() {
      const payload = bytes(5 << 20);
      equal((await client.echo({ payload })).payload, payload, 'payload');
    },
    async [`grpc-web ${format}: errors with message and details`]() {
      const error = await failure(client.echo({ code: 9, message: MESSAGE, details: bytes(4) }), 'an error');
      equal([error.code, error.message], [9, MESSAGE], 'error');
      equal(error.metadata['grpc-status-details-bin'], 'AAcOFQ', 'details');
    },
    async [`grpc-web ${format}: a deadline`]() {
      const error = await failure(client.echo({ waitMs: 20000 }, { deadline: String(Date.now() + 300) }), 'late');
      equal(error.code, 4, 'code');
    },
  };
}

export function grpcWebCases({ gateway, hasStreamingXhr }) {
  const client = grpcWebClient(gateway, 'text');
  return {
    ...unaryCases(gateway, 'binary'),
    ...unaryCases(gateway, 'text'),

    async 'grpc-web text: a stream of messages of every length'() {
      const { all } = await collect(client.stream({ count: 500, payload: bytes(7) }));
      equal(all.map((a) => a.number), [...Array(500).keys()], 'numbers');
      for (let length = 0; length < 8; ++length) {
        const one = await collect(client.stream({ count: 3, payload: bytes(length) }));
        equal(one.all.map((a) => [...a.payload]), Array(3).fill([...bytes(length)]), `messages with ${length} bytes`);
      }
    },

    async 'grpc-web text: a stream that ends in an error'() {
      const error = await failure(collect(client.stream({ count: 3, code: 7, message: MESSAGE })), 'an error');
      equal([error.code, error.message], [7, MESSAGE], 'error');
    },

    async 'grpc-web text: messages come one by one'() {
      if (!hasStreamingXhr) return 'XMLHttpRequest comes whole in Node';
      let seen = 0;
      const id = newId();
      const stream = client.stream({ id, count: 1e9, answerBytes: 10 });
      stream.on('data', () => { ++seen; });
      await eventually(() => seen > 10, 'messages of a stream that goes on');
      stream.cancel();
    },

    async 'grpc-web text: who cancels a stream cancels the call'() {
      const id = newId();
      const stream = client.stream({ id, count: 1, waitMs: 60000 });
      stream.on('error', () => {});
      const recall = () => connectClient(gateway).recall({ id });
      await eventually(async () => (await recall()).began, 'the call begins');
      stream.cancel();
      await sleep(10);
      const { ended } = await eventually(async () => { const r = await recall(); return r.cancelled && r.ended && r; }, 'the backend is cancelled');
      ok(ended, 'ended');
    },
  };
}
