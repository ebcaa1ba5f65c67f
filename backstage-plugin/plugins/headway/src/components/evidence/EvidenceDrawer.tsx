import { useId } from 'react';
import Drawer from '@material-ui/core/Drawer';
import { makeStyles } from '@material-ui/core/styles';
import Close from '@material-ui/icons/Close';
import { ButtonIcon, Flex, Text } from '@backstage/ui';
import { Benchmark, MetricDefinition } from '../../gen/headway/v1/metrics_pb';
import { MetricsQuery } from '../../api/metricsQuery';
import { useExplanation } from '../../hooks/useExplanation';
import { MeasureKind } from '../../measures/measures';
import { EvidenceList } from './EvidenceList';
import { EvidenceSummary } from './EvidenceSummary';

const useStyles = makeStyles({
  paper: {
    width: 'min(40rem, 100vw)',
    padding: 'var(--bui-space-6)',
    display: 'flex',
    flexDirection: 'column',
    gap: 'var(--bui-space-3)',
    backgroundColor: 'var(--bui-bg-app)',
    color: 'var(--bui-fg-primary)',
  },
});

interface EvidenceDrawerProps {
  query: MetricsQuery;
  definition?: MetricDefinition;
  benchmarks: readonly Benchmark[];
  onClose: () => void;
}

const DrawerContent = (
  props: EvidenceDrawerProps & { kind: MeasureKind; titleId: string },
) => {
  const { kind, query, definition, benchmarks, titleId, onClose } = props;
  const explanation = useExplanation(query, kind.id);
  return (
    <>
      <Flex justify="between" align="center">
        <Text as="h2" id={titleId} variant="title-small" weight="bold">
          {kind.title}
        </Text>
        <ButtonIcon
          aria-label="Close"
          variant="tertiary"
          icon={<Close aria-hidden />}
          onPress={onClose}
        />
      </Flex>
      {explanation.head && (
        <EvidenceSummary
          head={explanation.head}
          kind={kind}
          definition={definition}
          benchmarks={benchmarks}
        />
      )}
      <EvidenceList explanation={explanation} kind={kind} />
    </>
  );
};

/** What a number was computed from. Holds the focus while it is open; Escape closes it. */
export const EvidenceDrawer = (
  props: EvidenceDrawerProps & {
    /** The measure to explain; undefined: closed. */
    kind?: MeasureKind;
  },
) => {
  const classes = useStyles();
  const titleId = useId();
  const { kind } = props;
  return (
    <Drawer
      anchor="right"
      open={kind !== undefined}
      onClose={props.onClose}
      PaperProps={{
        className: classes.paper,
        role: 'dialog',
        'aria-modal': true,
        'aria-labelledby': titleId,
      }}
    >
      {kind && <DrawerContent {...props} kind={kind} titleId={titleId} />}
    </Drawer>
  );
};
