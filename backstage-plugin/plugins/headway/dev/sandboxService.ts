import { Code, ConnectError } from '@connectrpc/connect';
import { Measure_Trend } from '../src/gen/headway/v1/metrics_pb';
import { inMemoryService, untilAborted } from '../src/testing/inMemoryService';
import {
  answer,
  coverage,
  evidence,
  measure,
} from '../src/testing/sampleAnswers';

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

/** What a component is asked about decides how it goes: its name is the state of the card. */
export function sandboxService() {
  return inMemoryService(
    {
      async *watchEntityMetrics({ entityRef }, { signal }) {
        if (/\/(unknown|unseen)$/.test(entityRef)) {
          throw new ConnectError('nothing is known', Code.NotFound);
        }
        if (entityRef.endsWith('/broken')) {
          throw new ConnectError('no store', Code.Unavailable);
        }
        if (entityRef.endsWith('/slow')) await untilAborted(signal);
        for (let n = 18n; !signal.aborted; n++) {
          const sample = answer({ entityVersion: n });
          sample.measures[0] = measure('deployment_frequency', Number(n) / 30, {
            n,
            before: 0.5,
            beforeN: 15n,
            trend: Measure_Trend.BETTER,
          });
          yield sample;
          await pause(5000);
        }
      },
      getMetricSeries: ({ metric }) => ({
        points: [3, 1, undefined, 4, 2].map(value => ({
          measure: value === undefined ? undefined : measure(metric, value),
        })),
      }),
      explainMetric: ({ metric }) => ({
        measure: measure(metric, 1),
        scope: answer().scope,
        windowStart: answer().windowStart,
        definition: 'What a number of the sandbox means.',
        evidence,
      }),
    },
    { getCoverage: () => coverage },
  );
}
