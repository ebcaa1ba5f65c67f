import { Entity } from '@backstage/catalog-model';
import { EntityProvider } from '@backstage/plugin-catalog-react';
import { TestApiProvider, renderInTestApp } from '@backstage/test-utils';
import { EntityHeadwayCard } from '../components/card/EntityHeadwayCard';
import { HeadwayApi, headwayApiRef } from '../api/headwayApi';

/** A component with annotations. */
export function entityWith(annotations: Record<string, string> = {}): Entity {
  return {
    apiVersion: 'backstage.io/v1alpha1',
    kind: 'Component',
    metadata: { name: 'payments', annotations },
    spec: { type: 'service', lifecycle: 'production', owner: 'team' },
  };
}

/** The card on an entity page, over a service. */
export function renderCard(
  api: HeadwayApi,
  annotations: Record<string, string> = {},
) {
  return renderInTestApp(
    <TestApiProvider apis={[[headwayApiRef, api]]}>
      <EntityProvider entity={entityWith(annotations)}>
        <main>
          <EntityHeadwayCard />
        </main>
      </EntityProvider>
    </TestApiProvider>,
  );
}
