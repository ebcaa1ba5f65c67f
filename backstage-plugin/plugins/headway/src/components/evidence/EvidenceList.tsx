import { Alert, Button, Skeleton, Text, VisuallyHidden } from '@backstage/ui';
import { MeasureKind } from '../../measures/measures';
import { Explanation } from '../../hooks/useExplanation';
import { adviceFor } from '../card/CardStates';
import { EvidenceItem } from './EvidenceItem';

/** The facts so far, and the way to more. */
export const EvidenceList = (props: {
  explanation: Explanation;
  kind: MeasureKind;
}) => {
  const { explanation, kind } = props;
  const { head, evidence, error, loading, more, loadMore } = explanation;
  const zone = head?.scope?.timeZone || 'UTC';
  return (
    <>
      {head && evidence.length === 0 && (
        <Text as="p" variant="body-medium">
          There is no event in this window.
        </Text>
      )}
      {evidence.length > 0 && (
        // eslint-disable-next-line jsx-a11y/no-redundant-roles
        <ul role="list" aria-label="Events" style={{ margin: 0, padding: 0 }}>
          {evidence.map((item, i) => (
            // The list only grows at its end.
            // eslint-disable-next-line react/no-array-index-key
            <EvidenceItem key={i} evidence={item} kind={kind} zone={zone} />
          ))}
        </ul>
      )}
      {loading && !head && (
        <div role="status">
          <VisuallyHidden>Loading the events</VisuallyHidden>
          <Skeleton width="100%" height={240} />
        </div>
      )}
      {error && (
        <div role="alert">
          <Alert
            status="danger"
            icon
            title="The events could not be loaded"
            description={`${adviceFor(error)} (${error.message})`}
          />
        </div>
      )}
      {(more || error) && (
        <Button
          variant="secondary"
          isPending={loading}
          onPress={loadMore}
          style={{ alignSelf: 'flex-start' }}
        >
          {error ? 'Retry' : 'Show more'}
        </Button>
      )}
    </>
  );
};
