import {
  DescMessage,
  DescMethod,
  MessageShape,
  fromBinary,
  toBinary,
} from '@bufbuild/protobuf';
import {
  Code,
  ConnectError,
  StreamResponse,
  Transport,
  UnaryRequest,
  StreamRequest,
  createContextValues,
} from '@connectrpc/connect';
import {
  createEnvelopeReadableStream,
  createMethodUrl,
  encodeEnvelope,
  runStreamingCall,
  runUnaryCall,
} from '@connectrpc/connect/protocol';
import {
  requestHeader,
  trailerFlag,
  trailerParse,
  validateResponse,
  validateTrailer,
} from '@connectrpc/connect/protocol-grpc-web';

/** What the transport needs. */
export interface BinaryTransportOptions {
  baseUrl: string;
  fetch: typeof globalThis.fetch;
  /** For calls that name no deadline; zero or less in a call means none. */
  defaultTimeoutMs: number;
}

type Request = UnaryRequest | StreamRequest;

const broken = (what: string, code = Code.Unknown) =>
  new ConnectError(`protocol error: ${what}`, code);

function parse<O extends DescMessage>(output: O, data: Uint8Array) {
  try {
    return fromBinary(output, data);
  } catch (error) {
    throw ConnectError.from(error, Code.Internal);
  }
}

async function* readMessages<O extends DescMessage>(
  response: Response,
  output: O,
  trailerTarget: Headers,
): AsyncGenerator<MessageShape<O>> {
  const { foundStatus, headerError } = validateResponse(
    response.status,
    response.headers,
  );
  if (headerError) throw headerError;
  if (foundStatus) return; // an empty success: everything was in the headers
  if (!response.body) throw broken('missing response body');
  const reader = createEnvelopeReadableStream(response.body).getReader();
  let ended = false;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (ended) throw broken('data after the trailer');
    if (value.flags === trailerFlag) {
      ended = true;
      const trailer = trailerParse(value.data);
      validateTrailer(trailer, response.headers);
      trailer.forEach((text, key) => trailerTarget.set(key, text));
    } else if (value.flags === 0) {
      yield parse(output, value.data);
    } else {
      throw broken('compressed output', Code.Internal);
    }
  }
  if (!ended) throw broken('missing trailer');
}

async function only<T>(items: AsyncIterable<T>): Promise<T> {
  const all: T[] = [];
  for await (const item of items) {
    all.push(item);
    if (all.length > 1) throw broken('extra message', Code.Unimplemented);
  }
  if (!all.length) throw broken('missing message', Code.Unimplemented);
  return all[0];
}

async function firstOf<T>(items: AsyncIterable<T>): Promise<T> {
  for await (const item of items) return item;
  throw broken('missing request message');
}

/**
 * gRPC-web in its binary form over fetch, of the parts that Connect publishes for transports. Connect's own does the same but carries
 * the JSON form along, which is a quarter of what the card would add to a portal.
 */
export function createBinaryTransport(
  options: BinaryTransportOptions,
): Transport {
  const deadline = (timeoutMs = options.defaultTimeoutMs) =>
    timeoutMs > 0 ? timeoutMs : undefined;
  const send = (req: Request, body: Uint8Array) =>
    options.fetch(req.url, {
      method: 'POST',
      redirect: 'error',
      headers: req.header,
      signal: req.signal,
      body: encodeEnvelope(0, body),
    });
  const frame = (
    method: DescMethod,
    timeoutMs: number | undefined,
    header: HeadersInit | undefined,
  ) => ({
    service: method.parent,
    method,
    requestMethod: 'POST',
    url: createMethodUrl(options.baseUrl, method),
    header: requestHeader(true, timeoutMs, header, false),
  });

  return {
    async unary(method, signal, timeoutMs, header, message, contextValues) {
      const timeout = deadline(timeoutMs);
      return runUnaryCall({
        signal,
        timeoutMs: timeout,
        req: {
          ...frame(method, timeout, header),
          method,
          stream: false,
          contextValues: contextValues ?? createContextValues(),
          message,
        },
        next: async req => {
          const response = await send(req, toBinary(method.input, req.message));
          const trailer = new Headers();
          const { output } = method;
          return {
            stream: false,
            service: method.parent,
            method,
            header: response.headers,
            message: await only(readMessages(response, output, trailer)),
            trailer,
          };
        },
      });
    },
    async stream(method, signal, timeoutMs, header, input, contextValues) {
      const timeout = deadline(timeoutMs);
      return runStreamingCall({
        signal,
        timeoutMs: timeout,
        req: {
          ...frame(method, timeout, header),
          method,
          stream: true,
          contextValues: contextValues ?? createContextValues(),
          message: input,
        },
        next: async req => {
          const message = await firstOf(req.message);
          const response = await send(req, toBinary(method.input, message));
          const trailer = new Headers();
          return {
            ...req,
            header: response.headers,
            trailer,
            message: readMessages(response, method.output, trailer),
          } as StreamResponse<typeof method.input, typeof method.output>;
        },
      });
    },
  };
}
