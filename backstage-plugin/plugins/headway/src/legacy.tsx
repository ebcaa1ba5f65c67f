/**
 * The same card for apps on the legacy frontend system.
 *
 * @packageDocumentation
 */
import {
  configApiRef,
  createApiFactory,
  createComponentExtension,
  createPlugin,
  fetchApiRef,
} from '@backstage/core-plugin-api';
import { createGrpcWebApi, headwayApiRef } from './api/headwayApi';

/**
 * Headway for the legacy frontend system.
 * @public
 */
export const headwayPlugin = createPlugin({
  id: 'headway',
  apis: [
    createApiFactory({
      api: headwayApiRef,
      deps: { config: configApiRef, fetchApi: fetchApiRef },
      factory: ({ config, fetchApi }) =>
        createGrpcWebApi({
          gatewayUrl: config.getOptionalString('headway.gatewayUrl'),
          fetch: fetchApi.fetch,
        }),
    }),
  ],
});

/**
 * The card of an entity page.
 * @public
 */
export const EntityHeadwayCard = headwayPlugin.provide(
  createComponentExtension({
    name: 'EntityHeadwayCard',
    component: {
      lazy: () =>
        import('./components/card/EntityHeadwayCard').then(
          m => m.EntityHeadwayCard,
        ),
    },
  }),
);

export * from './settings/annotations';
