import { screen } from '@testing-library/react';
import { EntityProvider } from '@backstage/plugin-catalog-react';
import { TestApiProvider, renderInTestApp } from '@backstage/test-utils';
import { EntityHeadwayCard, headwayPlugin } from './legacy';
import { headwayApiRef } from './api/headwayApi';
import { inMemoryService, unknownEntity } from './testing/inMemoryService';
import { entityWith } from './testing/renderCard';

describe('the plugin of the legacy frontend system', () => {
  it('brings the client', () => {
    expect([...headwayPlugin.getApis()].map(({ api }) => api.id)).toEqual([
      'plugin.headway.metrics',
    ]);
  });

  it('renders the same card', async () => {
    await renderInTestApp(
      <TestApiProvider apis={[[headwayApiRef, inMemoryService()]]}>
        <EntityProvider entity={entityWith()}>
          <EntityHeadwayCard />
        </EntityProvider>
      </TestApiProvider>,
    );
    expect(
      await screen.findByText('4.2 a week', {}, { timeout: 10_000 }),
    ).toBeVisible();
  }, 20_000);

  it('says which annotation to add to an entity that is not mapped', async () => {
    await renderInTestApp(
      <TestApiProvider apis={[[headwayApiRef, inMemoryService(unknownEntity)]]}>
        <EntityProvider entity={entityWith()}>
          <EntityHeadwayCard />
        </EntityProvider>
      </TestApiProvider>,
    );
    expect(
      await screen.findByText('Not mapped yet', {}, { timeout: 10_000 }),
    ).toBeVisible();
    expect(document.body).toHaveTextContent('argocd/app-name: payments');
  }, 20_000);
});
