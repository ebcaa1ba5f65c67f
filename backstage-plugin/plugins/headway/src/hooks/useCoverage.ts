import { useEffect, useState } from 'react';
import { createClient } from '@connectrpc/connect';
import { useApi } from '@backstage/core-plugin-api';
import {
  CoverageService,
  GetCoverageResponse,
} from '../gen/headway/v1/coverage_pb';
import { headwayApiRef } from '../api/headwayApi';

/** What is seen of an entity; undefined until it is known, and where it cannot be told. */
export function useCoverage(
  entityRef: string,
): GetCoverageResponse | undefined {
  const { transport } = useApi(headwayApiRef);
  const [known, setKnown] = useState<{
    of: string;
    coverage: GetCoverageResponse;
  }>();
  useEffect(() => {
    const controller = new AbortController();
    createClient(CoverageService, transport)
      .getCoverage({ entityRef }, { signal: controller.signal })
      .then(
        coverage => setKnown({ of: entityRef, coverage }),
        // An older service cannot tell; the hint stands without it.
        () => {},
      );
    return () => controller.abort();
  }, [transport, entityRef]);
  return known?.of === entityRef ? known.coverage : undefined;
}
