import { Suspense, lazy, useMemo, useState } from 'react';
import { Entity } from '@backstage/catalog-model';
import { configApiRef, useApi } from '@backstage/core-plugin-api';
import { EntityInfoCard, useEntity } from '@backstage/plugin-catalog-react';
import { Alert, Flex, Select } from '@backstage/ui';
import { WINDOWS, metricsQuery } from '../../api/metricsQuery';
import { useEntityMetrics } from '../../hooks/useEntityMetrics';
import { isUnmapped, lacksDeployments } from '../../measures/unmapped';
import { dayText } from '../../measures/timeText';
import {
  EntitySettings,
  readEntitySettings,
} from '../../settings/entitySettings';
import { Measures } from './Measures';
import { DisconnectedNote, ErrorState, LoadingState } from './CardStates';
import { Muted } from '../Muted';

// Only entities that are not mapped need it.
const MappingHint = lazy(() =>
  import('../mapping/MappingHint').then(m => ({ default: m.MappingHint })),
);

const OPTIONS = WINDOWS.map(days => ({
  value: String(days),
  label: `${days} days`,
}));

const CardContent = (props: {
  entity: Entity;
  settings: EntitySettings;
  days: number;
}) => {
  const { entity, settings, days } = props;
  const { entityRef, environment } = settings;
  const asOfMs = settings.asOf?.getTime();
  // Of values, not of objects: the catalog hands out a new entity with the same annotations now and then.
  const query = useMemo(
    () => metricsQuery({ entityRef, environment, asOfMs }, days),
    [entityRef, environment, asOfMs, days],
  );
  const { answer, unknownEntity, error, retry } = useEntityMetrics(query);
  const hint = (
    <Suspense fallback={null}>
      <MappingHint entity={entity} entityRef={query.entityRef} />
    </Suspense>
  );
  if (unknownEntity || (answer && isUnmapped(answer.measures))) return hint;
  if (!answer) {
    return error ? (
      <ErrorState error={error} onRetry={retry} />
    ) : (
      <LoadingState />
    );
  }
  const zone = answer.scope?.timeZone || 'UTC';
  return (
    <>
      {error && <DisconnectedNote error={error} />}
      <Muted as="p">
        {settings.environment || 'Production'}
        {answer.windowStart &&
          answer.scope?.asOf &&
          `, ${dayText(answer.windowStart, zone)} to ${dayText(
            answer.scope.asOf,
            zone,
          )}`}
        {!query.live && ' (the end is set by the annotation headway.dev/as-of)'}
      </Muted>
      {lacksDeployments(answer.measures) && hint}
      <Measures query={query} answer={answer} targets={settings.targets} />
    </>
  );
};

/**
 * How the software of an entity is delivered: the five DORA measures, live, each with the events that it was computed from.
 * @public
 */
export const EntityHeadwayCard = () => {
  const { entity } = useEntity();
  const settings = useMemo(() => readEntitySettings(entity), [entity]);
  const configured =
    useApi(configApiRef).getOptionalNumber('headway.windowDays');
  const [days, setDays] = useState(
    WINDOWS.find(window => window === configured) ?? 30,
  );
  return (
    <EntityInfoCard
      title="Delivery performance"
      headerActions={
        <Select
          size="small"
          aria-label="Window of the measures"
          options={OPTIONS}
          selectedKey={String(days)}
          onSelectionChange={key =>
            setDays(WINDOWS.find(window => String(window) === key) ?? days)
          }
        />
      }
    >
      <Flex direction="column" gap="3">
        {settings.problems.length > 0 && (
          <Alert
            status="warning"
            icon
            title="An annotation cannot be read"
            description={settings.problems.join(' ')}
          />
        )}
        <CardContent entity={entity} settings={settings} days={days} />
      </Flex>
    </EntityInfoCard>
  );
};
