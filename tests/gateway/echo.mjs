// EchoService's messages and its stock clients, without generated code: from the descriptor that the build has made of echo.proto.
import { create, createFileRegistry, fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { createClient } from '@connectrpc/connect';
import { createGrpcWebTransport } from '@connectrpc/connect-web';
import descriptor from 'echo-descriptor';
import grpcWeb from 'grpc-web';

const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptor));
const message = (name) => registry.getMessage(`headway.test.v1.${name}`);
export const EchoRequest = message('EchoRequest');
export const EchoResponse = message('EchoResponse');

let ids = 0;
export const newId = () => `${Date.now()}-${Math.random()}-${++ids}`;

export function connectClient(gateway) {
  return createClient(registry.getService('headway.test.v1.EchoService'), createGrpcWebTransport({ baseUrl: gateway }));
}

// The client of the npm package grpc-web, as its generated code uses it. `format`: binary or text.
export function grpcWebClient(gateway, format) {
  const client = new grpcWeb.GrpcWebClientBase({ format, maxReceiveMessageSize: 8 << 20 });
  const method = (name, type) => new grpcWeb.MethodDescriptor(
    `/headway.test.v1.EchoService/${name}`, type, Object, Object,
    (request) => toBinary(EchoRequest, create(EchoRequest, request)), (answer) => fromBinary(EchoResponse, answer));
  const echo = method('Echo', grpcWeb.MethodType.UNARY);
  const stream = method('Stream', grpcWeb.MethodType.SERVER_STREAMING);
  return {
    echo: (request, metadata = {}) => client.unaryCall(`${gateway}/headway.test.v1.EchoService/Echo`, request, metadata, echo),
    stream: (request, metadata = {}) => client.serverStreaming(`${gateway}/headway.test.v1.EchoService/Stream`, request, metadata, stream),
  };
}

// A call as bytes, for what no client does. Returns the fetch's response.
export function rawCall(gateway, method, request, headers = {}) {
  const content = toBinary(EchoRequest, create(EchoRequest, request));
  const frame = new Uint8Array(5 + content.length);
  new DataView(frame.buffer).setUint32(1, content.length);
  frame.set(content, 5);
  return fetch(`${gateway}/headway.test.v1.EchoService/${method}`, {
    method: 'POST', headers: { 'content-type': 'application/grpc-web+proto', 'x-grpc-web': '1', ...headers }, body: frame });
}
