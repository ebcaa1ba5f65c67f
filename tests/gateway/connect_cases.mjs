// @connectrpc/connect-web against the gateway; the same in Node and in Chromium.
import { create, toBinary } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { EchoRequest, connectClient, newId, rawCall } from './echo.mjs';
import { bytes, equal, eventually, failure, ok, sleep } from './expect.mjs';

const MESSAGE = 'näïve 100% ✓\r\nnext: "line"';
const SLOW = 100_000;
const text = (value) => new TextDecoder().decode(value);

async function collect(stream) {
  const all = [];
  for await (const answer of stream) all.push(answer);
  return all;
}

export function connectCases({ gateway, memoryMb, slowBytes }) {
  const client = connectClient(gateway);
  const recall = (id) => client.recall({ id });
  return {
    async 'connect: unary, every byte, metadata in both directions'() {
      const payload = bytes(256);
      let head, trailers;
      const answer = await client.echo(
        { payload, initialMetadata: { 'headway-head': bytes(0), 'headway-h-bin': payload }, trailingMetadata: { 'headway-end': new TextEncoder().encode('e') } },
        { headers: { authorization: 'Bearer t', 'headway-a': 'one', 'headway-b-bin': 'AP8' }, onHeader: (h) => (head = h), onTrailer: (t) => (trailers = t) });
      equal(answer.payload, payload, 'payload');
      equal(text(answer.metadata.authorization), 'Bearer t', 'authorization');
      equal(text(answer.metadata['headway-a']), 'one', 'metadata');
      equal(answer.metadata['headway-b-bin'], Uint8Array.of(0, 255), 'binary metadata');
      for (const name of ['cookie', 'origin', 'te', 'x-grpc-web', 'host', 'referer']) {
        ok(!(name in answer.metadata) , `${name} reached the backend`);
      }
      ok(head.get('headway-h-bin'), 'binary initial metadata');
      equal(trailers.get('headway-end'), 'e', 'trailing metadata');
    },

    async 'connect: empty messages'() {
      equal((await client.echo({})).payload, new Uint8Array(), 'payload');
    },

    async 'connect: 5 MiB there and back'() {
      const payload = bytes(5 << 20);
      equal((await client.echo({ payload })).payload, payload, 'payload');
    },

    async 'connect: more than a message may have is refused with a reason'() {
      const error = await failure(client.echo({ payload: bytes((8 << 20) + 1) }), 'too large');
      ok(error instanceof ConnectError, `${error}`);
      ok(/at most 8388608 are allowed|at most 8388608 bytes/.test(error.rawMessage), error.rawMessage);
    },

    async 'connect: a stream, in order, and its end'() {
      const all = await collect(client.stream({ count: 1000, payload: bytes(10) }));
      equal(all.map((a) => a.number), [...Array(1000).keys()], 'numbers');
      equal((await collect(client.stream({ count: 0 }))).length, 0, 'an empty stream');
    },

    async 'connect: twenty calls at once'() {
      const answers = await Promise.all([...Array(20).keys()].map((i) => client.echo({ payload: Uint8Array.of(i), answerBytes: i * 1000 })));
      answers.forEach((answer, i) => equal([answer.payload[0], answer.filling.length], [i, i * 1000], `call ${i}`));
    },

    async 'connect: errors with message, details and metadata'() {
      const detail = create(EchoRequest, { id: 'a detail' });
      // google.rpc.Status: code, message, and one Any.
      const field = (tag, content) => [tag, content.length, ...content];
      const any = [...field(0x0a, [...new TextEncoder().encode('type.googleapis.com/headway.test.v1.EchoRequest')]), ...field(0x12, [...toBinary(EchoRequest, detail)])];
      const details = Uint8Array.from([0x08, 5, ...field(0x12, [...new TextEncoder().encode(MESSAGE)]), ...field(0x1a, any)]);
      const request = { code: Code.NotFound, message: MESSAGE, details, trailingMetadata: { 'headway-end': new TextEncoder().encode('e') } };
      for (const error of [
        await failure(client.echo(request), 'unary'),
        await failure(collect(client.stream({ ...request, count: 3 })), 'stream'),
        await failure(collect(client.stream(request)), 'stream without a message'),
      ]) {
        equal([error.code, error.rawMessage], [Code.NotFound, MESSAGE], 'error');
        equal(error.findDetails(EchoRequest).map((d) => d.id), ['a detail'], 'details');
        equal(error.metadata.get('headway-end'), 'e', 'metadata');
      }
    },

    async 'connect: what is not offered is refused'() {
      const response = await rawCall(gateway, 'Nothing', {});
      equal(response.headers.get('grpc-status'), String(Code.Unimplemented), 'status');
      const other = await fetch(`${gateway}/grpc.health.v1.Health/Check`, { method: 'POST', headers: { 'content-type': 'application/grpc-web' } });
      equal(other.status, 404, 'a service that is not listed');
    },

    async 'connect: a deadline reaches the backend and ends the call'() {
      const id = newId();
      const answer = await client.echo({ }, { timeoutMs: 5000 });
      // gRPC rounds deadlines up on their way, by one or two in a hundred.
      ok(answer.deadlineMs > 1000n && answer.deadlineMs <= 5100n, `the backend was given ${answer.deadlineMs} ms`);
      equal((await failure(client.echo({ id, waitMs: 20000 }, { timeoutMs: 300 }), 'late')).code, Code.DeadlineExceeded, 'code');
      await eventually(async () => (await recall(id)).cancelled, 'the backend hears of it');
    },

    async 'raw: the gateway itself keeps the deadline, and has a longest'() {
      const late = await rawCall(gateway, 'Echo', { waitMs: 20000 }, { 'grpc-timeout': '200m' });
      equal([late.status, late.headers.get('grpc-status')], [200, String(Code.DeadlineExceeded)], 'outcome');
      equal((await rawCall(gateway, 'Echo', {}, { 'grpc-timeout': 'soon' })).headers.get('grpc-status'), String(Code.InvalidArgument), 'a deadline that is none');
      const { deadlineMs } = await client.echo({});
      ok(deadlineMs > 0n && deadlineMs <= 122_000n, `without a deadline the backend was given ${deadlineMs} ms`);
    },

    async 'connect: who goes away cancels the call'() {
      for (const call of [
        (id, signal) => client.echo({ id, waitMs: 60000 }, { signal }),
        async (id, signal) => { for await (const _ of client.stream({ id, count: 1e9, answerBytes: 100 }, { signal })); },
        async (id, signal) => { for await (const _ of client.stream({ id, count: 1, waitMs: 60000 }, { signal })); },
      ]) {
        const id = newId();
        const leaving = new AbortController();
        const call_ = failure(call(id, leaving.signal), 'abort');
        await eventually(async () => (await recall(id)).began, 'the call begins');
        await sleep(100);
        leaving.abort();
        equal((await call_).code, Code.Canceled, 'code');
        await eventually(async () => { const r = await recall(id); return r.cancelled && r.ended; }, 'the backend is cancelled', 3000);
      }
    },

    async 'connect: 100,000 messages to a slow reader, in bounded memory'() {
      const id = newId();
      const before = await memoryMb();
      let peak = 0, read = 0;
      for await (const { number } of client.stream({ id, count: SLOW, answerBytes: slowBytes })) {
        equal(number, read++, 'number');
        if (read === 1000) {
          await sleep(1500);
          const { sent } = await recall(id);
          ok(sent < SLOW / 2, `${sent} messages were sent to a reader that had read ${read}`);
        }
        if (read % 5000 === 0) {
          await sleep(20);
          peak = Math.max(peak, await memoryMb());
        }
      }
      equal(read, SLOW, 'messages');
      ok(peak < before + 16, `memory grew from ${before} to ${peak} MB`);
      return `${before} MB before, at most ${peak} MB`;
    },
  };
}
