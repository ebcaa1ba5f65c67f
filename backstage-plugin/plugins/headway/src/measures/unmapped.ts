import { Measure, Measure_Reason } from '../gen/headway/v1/metrics_pb';

const hasNoSource = (measure: Measure) =>
  measure.reason === Measure_Reason.NO_SOURCE_MAPPED;

/** Nothing that could tell of anything is mapped to the entity: there is no number to show. */
export function isUnmapped(measures: Measure[]): boolean {
  return measures.length > 0 && measures.every(hasNoSource);
}

/** No source of deployments is mapped to the entity. */
export function lacksDeployments(measures: Measure[]): boolean {
  return measures.some(
    measure =>
      measure.metric === 'deployment_frequency' && hasNoSource(measure),
  );
}
