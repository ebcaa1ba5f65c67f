/** The five measures of the card. Their definitions come with GetMetricCatalog; this is what a card needs before that arrives. */
export interface MeasureKind {
  /** Id in the catalog. */
  id: string;
  /** Its name. */
  title: string;
  /** Unit of the value. */
  unit: 'per_day' | 'seconds' | 'ratio';
  /** Whether less is better. */
  lowerIsBetter: boolean;
  /** What n counts: one, and several. */
  counted: [one: string, several: string];
  /** What the number is about when there are none. */
  source: string;
}

/** In the order of the card. */
export const FIVE_MEASURES: readonly MeasureKind[] = [
  {
    id: 'deployment_frequency',
    title: 'Deployment frequency',
    unit: 'per_day',
    lowerIsBetter: false,
    counted: ['deployment', 'deployments'],
    source: 'deployments',
  },
  {
    id: 'change_lead_time',
    title: 'Change lead time',
    unit: 'seconds',
    lowerIsBetter: true,
    counted: ['change', 'changes'],
    source: 'deployments and changes',
  },
  {
    id: 'change_fail_rate',
    title: 'Change fail rate',
    unit: 'ratio',
    lowerIsBetter: true,
    counted: ['deployment', 'deployments'],
    source: 'deployments',
  },
  {
    id: 'failed_deployment_recovery_time',
    title: 'Failed deployment recovery time',
    unit: 'seconds',
    lowerIsBetter: true,
    counted: ['failed deployment', 'failed deployments'],
    source: 'deployments and incidents',
  },
  {
    id: 'deployment_rework_rate',
    title: 'Deployment rework rate',
    unit: 'ratio',
    lowerIsBetter: true,
    counted: ['deployment', 'deployments'],
    source: 'deployments',
  },
];
