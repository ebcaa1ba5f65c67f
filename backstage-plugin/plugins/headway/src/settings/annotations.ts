/**
 * The name under which Headway knows the entity, where it is not the catalog's own reference.
 * @public
 */
export const HEADWAY_ENTITY_REF_ANNOTATION = 'headway.dev/entity-ref';

/**
 * The name of an environment to measure, in place of tier production.
 * @public
 */
export const HEADWAY_ENVIRONMENT_ANNOTATION = 'headway.dev/environment';

/**
 * End of the window, an ISO 8601 date or time, for what has no future: an archived component, a sample. Default: now.
 * @public
 */
export const HEADWAY_AS_OF_ANNOTATION = 'headway.dev/as-of';

/**
 * Begin of the annotations of targets; the measure's name follows: `headway.dev/target-change-lead-time: 2d`.
 * @public
 */
export const HEADWAY_TARGET_ANNOTATION_PREFIX = 'headway.dev/target-';
