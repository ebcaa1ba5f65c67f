import { ReactNode } from 'react';
import { Entity } from '@backstage/catalog-model';
import { CodeSnippet, Link } from '@backstage/core-components';
import { Text } from '@backstage/ui';
import { useCoverage } from '../../hooks/useCoverage';
import { HEADWAY_ENTITY_REF_ANNOTATION } from '../../settings/annotations';
import {
  MappingAnnotation,
  annotationLines,
  editUrlOf,
  mappingAnnotationOf,
} from './mappingAnnotations';
import { hasStreams, watcherText, watchers } from './sourceText';

const Paragraph = ({ children }: { children: ReactNode }) => (
  <Text as="p" variant="body-medium">
    {children}
  </Text>
);

const Title = ({ children }: { children: ReactNode }) => (
  <Text as="h4" variant="title-x-small">
    {children}
  </Text>
);

/** No annotation says whose deployments these are: the lines to add. */
const AddAnnotation = (props: { entity: Entity; entityRef: string }) => {
  const { entity, entityRef } = props;
  const editUrl = editUrlOf(entity);
  return (
    <>
      <Title>Not mapped yet</Title>
      <Paragraph>
        Headway knows no deployment of <code>{entityRef}</code>. Name the Argo
        CD application that deploys it in the entity's{' '}
        {editUrl ? (
          <Link to={editUrl} underline="always">
            catalog-info.yaml
          </Link>
        ) : (
          <code>catalog-info.yaml</code>
        )}
        :
      </Paragraph>
      <CodeSnippet
        language="text" // the colours of a language are too faint in both themes
        showCopyCodeButton
        text={annotationLines(entity)}
      />
      <Paragraph>
        Write the application's own name where it has another one; for several,
        use <code>argocd/app-selector</code> with their labels. What was
        deployed already appears too. Deployments that name{' '}
        <code>{entityRef}</code> themselves need no annotation; where they name
        it otherwise, write that name into{' '}
        <code>{HEADWAY_ENTITY_REF_ANNOTATION}</code>.
      </Paragraph>
    </>
  );
};

/** There is an annotation, and nothing that it names was seen. */
const NotSeen = (props: {
  annotation: MappingAnnotation;
  entityRef: string;
}) => {
  const { annotation, entityRef } = props;
  const coverage = useCoverage(entityRef);
  const sources = coverage ? watchers(coverage) : [];
  if (coverage && hasStreams(coverage)) {
    return (
      <>
        <Title>No deployment yet</Title>
        <Paragraph>
          The {annotation.named} is known. Its next deployment appears here by
          itself.
        </Paragraph>
      </>
    );
  }
  return (
    <>
      <Title>Mapped, but not seen</Title>
      <Paragraph>
        The entity has the annotation{' '}
        <code>
          {annotation.name}: {annotation.value}
        </code>
        , but nobody has seen an {annotation.named}
        {annotation.instance && ` in the Argo CD ${annotation.instance}`}. Is it
        spelt as in Argo CD?
      </Paragraph>
      {coverage && sources.length === 0 && (
        <Paragraph>
          No Argo CD is watched so far. Whoever runs Headway can connect one;{' '}
          <code>headway doctor</code> says how.
        </Paragraph>
      )}
      {coverage && sources.length > 0 && (
        <ul aria-label="Who watches for deployments">
          {sources.map(source => (
            <li key={source.source}>
              <Text variant="body-medium">
                <code>{source.source}</code> {watcherText(source, coverage)}
              </Text>
            </li>
          ))}
        </ul>
      )}
    </>
  );
};

/** Why there is nothing of the entity, and what to do: which annotation to add, or who has looked for what it names. */
export const MappingHint = (props: { entity: Entity; entityRef: string }) => {
  const annotation = mappingAnnotationOf(props.entity);
  return (
    <div role="status">
      {annotation ? (
        <NotSeen annotation={annotation} entityRef={props.entityRef} />
      ) : (
        <AddAnnotation {...props} />
      )}
    </div>
  );
};
