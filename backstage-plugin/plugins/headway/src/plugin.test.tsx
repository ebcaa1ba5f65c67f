import { screen } from '@testing-library/react';
import { EntityProvider } from '@backstage/plugin-catalog-react';
import {
  TestApiProvider,
  createExtensionTester,
  renderInTestApp,
} from '@backstage/frontend-test-utils';
import { EntityCardBlueprint } from '@backstage/plugin-catalog-react/alpha';
import headwayPlugin from './index';
import { headwayApiRef } from './api/headwayApi';
import { inMemoryService, unknownEntity } from './testing/inMemoryService';
import { entityWith } from './testing/renderCard';

describe('the plugin of the new frontend system', () => {
  const card = headwayPlugin.getExtension('entity-card:headway/delivery');

  it('brings the card and the client', async () => {
    expect(headwayPlugin.getExtension('api:headway/metrics')).toBeDefined();
    renderInTestApp(
      <TestApiProvider apis={[[headwayApiRef, inMemoryService()]]}>
        <EntityProvider entity={entityWith()}>
          {createExtensionTester(card).reactElement()}
        </EntityProvider>
      </TestApiProvider>,
    );
    expect(
      await screen.findByText('4.2 a week', {}, { timeout: 10_000 }),
    ).toBeVisible();
  }, 20_000);

  it('says which annotation to add to an entity that is not mapped', async () => {
    renderInTestApp(
      <TestApiProvider apis={[[headwayApiRef, inMemoryService(unknownEntity)]]}>
        <EntityProvider entity={entityWith()}>
          {createExtensionTester(card).reactElement()}
        </EntityProvider>
      </TestApiProvider>,
    );
    expect(
      await screen.findByText('Not mapped yet', {}, { timeout: 10_000 }),
    ).toBeVisible();
    expect(document.body).toHaveTextContent('argocd/app-name: payments');
  }, 20_000);

  it('stands in the main column', () => {
    const tester = createExtensionTester(card);
    expect(tester.get(EntityCardBlueprint.dataRefs.type)).toBe('content');
  });
});
