/**
 * How software delivery performs, on the entity page.
 *
 * @packageDocumentation
 */
export { headwayPlugin as default } from './plugin';
export * from './settings/annotations';
