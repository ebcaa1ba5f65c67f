import { Entity, stringifyEntityRef } from '@backstage/catalog-model';
import {
  HEADWAY_AS_OF_ANNOTATION,
  HEADWAY_ENTITY_REF_ANNOTATION,
  HEADWAY_ENVIRONMENT_ANNOTATION,
} from './annotations';
import { Targets, readTargets } from './targets';

/** What the annotations of an entity say about how to measure it. */
export interface EntitySettings {
  /** Reference to ask for. */
  entityRef: string;
  /** Environment; empty: tier production. */
  environment: string;
  /** End of the window; absent: now. */
  asOf?: Date;
  /** By id of the measure. */
  targets: Targets;
  /** Annotations that cannot be read, one sentence each. */
  problems: string[];
}

/** Reads the annotations. What cannot be read is named in `problems`, never guessed. */
export function readEntitySettings(entity: Entity): EntitySettings {
  const annotations = entity.metadata.annotations ?? {};
  const { targets, problems } = readTargets(annotations);
  const asOfText = annotations[HEADWAY_AS_OF_ANNOTATION];
  let asOf: Date | undefined;
  if (asOfText !== undefined) {
    asOf = new Date(asOfText);
    if (Number.isNaN(asOf.getTime())) {
      asOf = undefined;
      problems.push(
        `${HEADWAY_AS_OF_ANNOTATION}: "${asOfText}" is no date such as 2026-08-01.`,
      );
    }
  }
  return {
    entityRef: (
      annotations[HEADWAY_ENTITY_REF_ANNOTATION] ?? stringifyEntityRef(entity)
    ).trim(),
    environment: (annotations[HEADWAY_ENVIRONMENT_ANNOTATION] ?? '').trim(),
    asOf,
    targets,
    problems,
  };
}
