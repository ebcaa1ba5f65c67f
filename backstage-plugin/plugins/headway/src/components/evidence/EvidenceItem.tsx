import { makeStyles } from '@material-ui/core/styles';
import { Flex, Text } from '@backstage/ui';
import { Evidence } from '../../gen/headway/v1/metrics_pb';
import { MeasureKind } from '../../measures/measures';
import { evidenceWords } from './evidenceText';
import { Muted } from '../Muted';

const useStyles = makeStyles({
  item: {
    listStyle: 'none',
    padding: 'var(--bui-space-3) 0',
    borderTop: '1px solid var(--bui-border-1)',
    overflowWrap: 'anywhere',
  },
  reasons: { margin: 0, paddingLeft: 'var(--bui-space-4)' },
});

/** One fact: what it is, what it adds, and why each link was made. */
export const EvidenceItem = (props: {
  evidence: Evidence;
  kind: MeasureKind;
  zone: string;
}) => {
  const { evidence, kind, zone } = props;
  const classes = useStyles();
  const words = evidenceWords(evidence, kind, zone);
  return (
    <li className={classes.item}>
      <Flex justify="between" gap="3">
        <Text as="h3" variant="body-medium" weight="bold">
          {words.what} {words.title}
        </Text>
        <Text
          as="span"
          variant="body-medium"
          weight={evidence.counts ? 'bold' : 'regular'}
          style={{ whiteSpace: 'nowrap' }}
        >
          {words.contribution}
        </Text>
      </Flex>
      {words.lines.map(line => (
        <Muted as="div" key={line}>
          {line}
        </Muted>
      ))}
      {evidence.leftOut && (
        <Text as="div" variant="body-small" weight="bold">
          Not counted: {evidence.leftOut}
        </Text>
      )}
      {evidence.because.length > 0 && (
        <ul className={classes.reasons} aria-label="Why">
          {evidence.because.map(reason => (
            <li key={reason}>
              <Text variant="body-small">{reason}</Text>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
};
