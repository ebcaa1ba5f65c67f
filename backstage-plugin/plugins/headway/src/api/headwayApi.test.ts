import { Code } from '@connectrpc/connect';
import { createGrpcWebApi } from './headwayApi';

function recordingFetch(response: () => Response) {
  const urls: string[] = [];
  const fetch = async (input: RequestInfo | URL) => {
    urls.push(String(input));
    return response();
  };
  return { urls, fetch: fetch as typeof globalThis.fetch };
}

const refused = () =>
  new Response(null, {
    headers: {
      'content-type': 'application/grpc-web+proto',
      'grpc-status': '5',
      'grpc-message': 'nothing is known',
    },
  });

describe('createGrpcWebApi', () => {
  it.each([
    [undefined, 'plugin://proxy/headway'],
    ['https://headway.example.org/', 'https://headway.example.org'],
  ])('with gatewayUrl %p calls %s', async (gatewayUrl, base) => {
    const { urls, fetch } = recordingFetch(refused);
    const api = createGrpcWebApi({ gatewayUrl, fetch });
    await expect(api.getMetricCatalog({})).rejects.toMatchObject({
      code: Code.NotFound,
      rawMessage: 'nothing is known',
    });
    expect(urls).toEqual([
      `${base}/headway.v1.MetricsService/GetMetricCatalog`,
    ]);
  });
});
