import { Entity } from '@backstage/catalog-model';

/** What deployments are mapped to an entity by, and how one says what it names. */
const MAPPING_ANNOTATIONS: [string, (value: string) => string][] = [
  ['argocd/app-name', value => `application called ${value}`],
  ['argocd/app-selector', value => `application with the labels ${value}`],
  [
    'backstage.io/kubernetes-id',
    value => `application with the label backstage.io/kubernetes-id=${value}`,
  ],
];

/** A mapping annotation of an entity. */
export interface MappingAnnotation {
  name: string;
  value: string;
  /** What it names: "application called payments". */
  named: string;
  /** The Argo CD that it is about, where the entity says one. */
  instance?: string;
}

/** The annotation that deployments are mapped by, the first that counts. */
export function mappingAnnotationOf(
  entity: Entity,
): MappingAnnotation | undefined {
  const annotations = entity.metadata.annotations ?? {};
  for (const [name, words] of MAPPING_ANNOTATIONS) {
    const value = annotations[name]?.trim();
    if (value) {
      return {
        name,
        value,
        named: words(value),
        instance: annotations['argocd/instance-name']?.trim() || undefined,
      };
    }
  }
  return undefined;
}

/** A scalar of YAML: in quotes where it would be read as something else than text. */
function yamlText(value: string): string {
  const plain =
    /^[a-z][\w./-]*$/i.test(value) &&
    !/^(?:true|false|yes|no|on|off|null|y|n)$/i.test(value);
  return plain ? value : `'${value.replace(/'/g, "''")}'`;
}

/** The lines that map an entity to the Argo CD application of its own name, as they stand in its catalog-info.yaml. */
export function annotationLines(entity: Entity): string {
  const { name, namespace } = entity.metadata;
  return [
    `kind: ${yamlText(entity.kind)}`,
    'metadata:',
    `  name: ${yamlText(name)}`,
    ...(namespace && namespace !== 'default'
      ? [`  namespace: ${yamlText(namespace)}`]
      : []),
    '  annotations:',
    `    argocd/app-name: ${yamlText(name)}`,
  ].join('\n');
}

/** Where the entity's file can be edited, as the catalog says. Only addresses of the web. */
export function editUrlOf(entity: Entity): string | undefined {
  const url = entity.metadata.annotations?.['backstage.io/edit-url'];
  return url && /^https?:\/\//i.test(url) ? url : undefined;
}
