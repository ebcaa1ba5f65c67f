import { useEffect, useState } from 'react';
import { useApi } from '@backstage/core-plugin-api';
import { GetMetricCatalogResponse } from '../gen/headway/v1/metrics_pb';
import { HeadwayApi, headwayApiRef } from '../api/headwayApi';

const asked = new WeakMap<HeadwayApi, Promise<GetMetricCatalogResponse>>();

function catalogOf(api: HeadwayApi): Promise<GetMetricCatalogResponse> {
  let answer = asked.get(api);
  if (!answer) {
    answer = api.getMetricCatalog({});
    asked.set(api, answer);
    answer.catch(() => asked.delete(api)); // the next one asks again
  }
  return answer;
}

/** Definitions and benchmarks, asked once for each page load. Undefined until they are there: the card does not wait for them. */
export function useMetricCatalog(
  /** Asks again when this changes and the last attempt failed. */
  version: unknown,
): GetMetricCatalogResponse | undefined {
  const api = useApi(headwayApiRef);
  const [catalog, setCatalog] = useState<GetMetricCatalogResponse>();
  useEffect(() => {
    let current = true;
    catalogOf(api).then(
      answer => current && setCatalog(answer),
      () => {}, // without benchmarks the numbers are still right
    );
    return () => {
      current = false;
    };
  }, [api, version]);
  return catalog;
}
