import {
  ApiBlueprint,
  configApiRef,
  createFrontendPlugin,
  fetchApiRef,
} from '@backstage/frontend-plugin-api';
import { EntityCardBlueprint } from '@backstage/plugin-catalog-react/alpha';
import { createGrpcWebApi, headwayApiRef } from './api/headwayApi';

const metricsApi = ApiBlueprint.make({
  name: 'metrics',
  params: defineParams =>
    defineParams({
      api: headwayApiRef,
      deps: { config: configApiRef, fetchApi: fetchApiRef },
      factory: ({ config, fetchApi }) =>
        createGrpcWebApi({
          gatewayUrl: config.getOptionalString('headway.gatewayUrl'),
          fetch: fetchApi.fetch,
        }),
    }),
});

const deliveryCard = EntityCardBlueprint.make({
  name: 'delivery',
  params: {
    type: 'content',
    filter: { kind: 'component' },
    loader: () =>
      import('./components/card/EntityHeadwayCard').then(m => (
        <m.EntityHeadwayCard />
      )),
  },
});

/**
 * Headway for the new frontend system: `entity-card:headway/delivery` on the pages of components.
 * @public
 */
export const headwayPlugin = createFrontendPlugin({
  pluginId: 'headway',
  info: { packageJson: () => import('../package.json') },
  extensions: [metricsApi, deliveryCard],
});
