/** A sandbox without a service: `yarn workspace @headway/backstage-plugin-headway start`, then open a component. */
// The sandbox is an app of its own.
// eslint-disable-next-line @backstage/no-ui-css-imports-in-non-frontend
import '@backstage/ui/css/styles.css';
import { Entity } from '@backstage/catalog-model';
import { createDevApp } from '@backstage/frontend-dev-utils';
import {
  ApiBlueprint,
  createFrontendModule,
} from '@backstage/frontend-plugin-api';
import catalogPlugin from '@backstage/plugin-catalog/alpha';
import { catalogApiRef } from '@backstage/plugin-catalog-react';
import { catalogApiMock } from '@backstage/plugin-catalog-react/testUtils';
import headwayPlugin from '../src';
import { headwayApiRef } from '../src/api/headwayApi';
import { sandboxService } from './sandboxService';

const component = (name: string, annotations = {}): Entity => ({
  apiVersion: 'backstage.io/v1alpha1',
  kind: 'Component',
  metadata: { name, namespace: 'default', annotations },
  spec: { type: 'service', lifecycle: 'production', owner: 'group:sandbox' },
});

const entities = [
  component('live', {
    'headway.dev/target-change-lead-time': '1d',
    'headway.dev/target-change-fail-rate': '5%, 10%',
    'headway.dev/target-deployment-frequency': '1/day',
  }),
  component('unknown', {
    'backstage.io/edit-url': 'https://example.com/edit/catalog-info.yaml',
  }),
  component('unseen', { 'argocd/app-name': 'pay' }),
  component('broken'),
  component('slow'),
];

const catalogOfTheSandbox = createFrontendModule({
  pluginId: 'catalog',
  extensions: [
    ApiBlueprint.make({
      params: defineParams =>
        defineParams({
          api: catalogApiRef,
          deps: {},
          factory: () => catalogApiMock({ entities }),
        }),
    }),
  ],
});

const serviceOfTheSandbox = createFrontendModule({
  pluginId: 'headway',
  extensions: [
    ApiBlueprint.make({
      name: 'metrics',
      params: defineParams =>
        defineParams({
          api: headwayApiRef,
          deps: {},
          factory: sandboxService,
        }),
    }),
  ],
});

createDevApp({
  features: [
    catalogPlugin,
    headwayPlugin,
    catalogOfTheSandbox,
    serviceOfTheSandbox,
  ],
});
