import { Alert, Button, Skeleton, VisuallyHidden } from '@backstage/ui';
import { Code, ConnectError } from '@connectrpc/connect';
import { FIVE_MEASURES } from '../../measures/measures';
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
