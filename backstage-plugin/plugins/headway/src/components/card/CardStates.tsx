import { CodeSnippet } from '@backstage/core-components';
import { Alert, Button, Skeleton, Text, VisuallyHidden } from '@backstage/ui';
import { Code, ConnectError } from '@connectrpc/connect';
import { FIVE_MEASURES } from '../../measures/measures';
import { HEADWAY_ENTITY_REF_ANNOTATION } from '../../settings/annotations';
import { MeasureList } from './MeasureList';

/** Before the first answer. */
export const LoadingState = () => (
  <div role="status">
    <VisuallyHidden>Loading the measures</VisuallyHidden>
    <div aria-hidden>
      <MeasureList>
        {FIVE_MEASURES.map(({ id }) => (
          <li key={id} style={{ listStyle: 'none' }}>
            <Skeleton width="100%" height={150} />
          </li>
        ))}
      </MeasureList>
    </div>
  </div>
);

/** Nothing is known of the entity: says under which name it was looked for, and what to do. */
export const UnknownEntityState = ({ entityRef }: { entityRef: string }) => (
  <div role="status">
    <Text as="h4" variant="title-x-small">
      Not mapped yet
    </Text>
    <Text as="p" variant="body-medium">
      Headway has received nothing about <code>{entityRef}</code>. Events that
      carry this reference appear here by themselves. If they carry another
      name, add it to the entity's <code>catalog-info.yaml</code>:
    </Text>
    <CodeSnippet
      language="text" // the colours of a language are too faint in both themes
      showCopyCodeButton
      text={`metadata:\n  annotations:\n    ${HEADWAY_ENTITY_REF_ANNOTATION}: component:default/NAME-IN-YOUR-EVENTS`}
    />
  </div>
);

const ADVICE: Partial<Record<Code, string>> = {
  [Code.InvalidArgument]:
    "The service does not take the question: check the entity's headway.dev annotations.",
  [Code.Unauthenticated]: 'You are not signed in, or no longer.',
  [Code.PermissionDenied]: 'You may not see the measures of this entity.',
  [Code.DeadlineExceeded]: 'The service took too long to answer.',
  [Code.Unimplemented]: 'The service is of another version than this card.',
};

/** What an error means to a person. */
export function adviceFor(error: ConnectError): string {
  return ADVICE[error.code] ?? 'The service is out of reach.';
}

/** No answer at all. */
export const ErrorState = (props: {
  error: ConnectError;
  onRetry: () => void;
}) => (
  <div role="alert">
    <Alert
      status="danger"
      icon
      title="The measures could not be loaded"
      description={`${adviceFor(props.error)} (${props.error.message})`}
      customActions={
        <Button size="small" variant="secondary" onPress={props.onRetry}>
          Retry
        </Button>
      }
    />
  </div>
);

/** Numbers are there, newer ones are not. */
export const DisconnectedNote = ({ error }: { error: ConnectError }) => (
  <div role="status">
    <Alert
      status="warning"
      icon
      title="Not up to date"
      description={`${adviceFor(
        error,
      )} These are the latest numbers that arrived; trying again.`}
    />
  </div>
);
