import { Code, ConnectError } from '@connectrpc/connect';
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Measure_Reason } from '../../gen/headway/v1/metrics_pb';
import { axeFaults } from '../../testing/axeFaults';
import { inMemoryService, untilAborted } from '../../testing/inMemoryService';
import { renderCard } from '../../testing/renderCard';
import { answer, measure, noNumber } from '../../testing/sampleAnswers';

const tile = (metric: string) =>
  document.querySelector<HTMLElement>(`[data-metric=${metric}]`)!;
const loaded = () => screen.findByText('4.2 a week');

describe('EntityHeadwayCard', () => {
  it('shows each measure with unit, n, change and benchmark', async () => {
    await renderCard(inMemoryService());
    await loaded();
    const leadTime = within(tile('change_lead_time'));
    expect(leadTime.getByText('2 h 51 min')).toHaveAttribute('value', '10267');
    expect(leadTime.getByText('From 27 changes')).toBeVisible();
    expect(
      leadTime.getByText('-33 %, better: 4 h 16 min in the 30 days before'),
    ).toBeVisible();
    expect(
      await leadTime.findByText('Answers 2025: less than one day (1 h to 1 d)'),
    ).toBeVisible();
    const failRate = within(tile('change_fail_rate'));
    expect(failRate.getByText('5.6 %')).toBeVisible();
    expect(failRate.getByText('From 1 of 18 deployments')).toBeVisible();
  });

  it('says why there is no number, and shows a zero only where it was counted', async () => {
    await renderCard(inMemoryService());
    await loaded();
    const recovery = within(tile('failed_deployment_recovery_time'));
    expect(recovery.getByText('Not enough data')).toBeVisible();
    expect(
      recovery.getByText('There was no failed deployment in the window.'),
    ).toBeVisible();
    expect(tile('failed_deployment_recovery_time')).not.toHaveTextContent('0');
    expect(
      within(tile('deployment_rework_rate')).getByText('0.0 %'),
    ).toBeVisible();
  });

  it('says coverage, until when data is there, and over what', async () => {
    await renderCard(inMemoryService());
    await loaded();
    expect(
      screen.getByText(/Computed from 18 deployments, 27 changes shipped/),
    ).toHaveTextContent('1 of 18 deployments without a known commit');
    expect(screen.getByText(/^Data until/)).toHaveTextContent(
      'deployments 2026-07-31 09:00 UTC · changes no source',
    );
    expect(
      screen.getByText('Production, 2026-07-02 to 2026-08-01'),
    ).toBeVisible();
  });

  it('shows targets as a traffic light in words, and names an annotation that cannot be read', async () => {
    await renderCard(inMemoryService(), {
      'headway.dev/target-change-lead-time': '1d',
      'headway.dev/target-change-fail-rate': '5%, 10%',
      'headway.dev/target-deployment-frequency': '1/day',
      'headway.dev/target-failed-deployment-recovery-time': '1h',
      'headway.dev/target-deployment-rework-rate': 'little',
    });
    await loaded();
    expect(screen.getByText('Target met: 1 d or less')).toBeVisible();
    expect(screen.getByText('Target nearly met: 5.0 % or less')).toBeVisible();
    expect(screen.getByText('Target missed: 1.0 a day or more')).toBeVisible();
    expect(screen.getByText('Target: 1 h or less')).toBeVisible();
    expect(
      screen.getByText(/"little" is no target such as "10%"/),
    ).toBeVisible();
  });

  it('draws the course of each measure, and tells it in words', async () => {
    const getMetricSeries = jest.fn(({ metric }) => ({
      points: [
        { measure: measure(metric, 1) },
        { measure: noNumber(metric, Measure_Reason.TOO_FEW_EVENTS) },
        { measure: measure(metric, 0.5) },
      ],
    }));
    await renderCard(inMemoryService({ getMetricSeries }));
    expect(
      await screen.findByRole('img', {
        name: 'Change fail rate over 3 weeks: first 100.0 %, last 50.0 %, least 50.0 %, most 100.0 %, 1 without data',
      }),
    ).toBeVisible();
    await waitFor(() => expect(screen.getAllByRole('img')).toHaveLength(5));
  });

  it('shows an event as soon as the service says it, without being asked', async () => {
    let tell: () => void = () => {};
    const told = new Promise<void>(resolve => {
      tell = resolve;
    });
    await renderCard(
      inMemoryService({
        async *watchEntityMetrics(_, { signal }) {
          yield answer();
          await told;
          yield answer({
            entityVersion: 6n,
            measures: [measure('deployment_frequency', 2)],
          });
          await untilAborted(signal);
        },
      }),
    );
    await loaded();
    tell();
    expect(await screen.findByText('2.0 a day')).toBeVisible();
  });

  it('is a skeleton until the first answer', async () => {
    await renderCard(
      inMemoryService({
        // eslint-disable-next-line require-yield
        async *watchEntityMetrics(_, { signal }) {
          await untilAborted(signal);
        },
      }),
    );
    expect(screen.getByText('Loading the measures')).toBeInTheDocument();
    expect(screen.queryByText('Not enough data')).not.toBeInTheDocument();
  });

  it('says what is wrong, and asks again when told to', async () => {
    let broken = true;
    await renderCard(
      inMemoryService({
        async *watchEntityMetrics(_, { signal }) {
          if (broken) throw new ConnectError('no store', Code.Unavailable);
          yield answer();
          await untilAborted(signal);
        },
      }),
    );
    expect(await screen.findByRole('alert')).toHaveTextContent(
      'The service is out of reach.',
    );
    expect(await axeFaults(document.body)).toEqual([]);
    broken = false;
    await userEvent.click(screen.getByRole('button', { name: 'Retry' }));
    expect(await loaded()).toBeVisible();
  });

  it('keeps the numbers while the connection is lost, and says so', async () => {
    await renderCard(
      inMemoryService({
        async *watchEntityMetrics() {
          yield answer();
          throw new ConnectError('gone', Code.Unavailable);
        },
      }),
    );
    expect(await screen.findByText('Not up to date')).toBeVisible();
    expect(screen.getByText('4.2 a week')).toBeVisible();
  });

  it('asks once, for the end that is annotated', async () => {
    const getEntityMetrics = jest.fn((_: any) => answer());
    await renderCard(inMemoryService({ getEntityMetrics }), {
      'headway.dev/as-of': '2026-08-01',
      'headway.dev/environment': 'prod-eu',
    });
    await loaded();
    expect(getEntityMetrics).toHaveBeenCalledTimes(1);
    const { scope } = getEntityMetrics.mock.calls[0][0];
    expect(scope.asOf.seconds).toBe(BigInt(Date.UTC(2026, 7, 1) / 1000));
    expect(scope.environment).toBe('prod-eu');
    expect(screen.getByText(/the end is set by the annotation/)).toBeVisible();
  });

  it('measures over another window when asked to', async () => {
    const windows: number[] = [];
    await renderCard(
      inMemoryService({
        async *watchEntityMetrics({ scope }, { signal }) {
          windows.push(scope!.windowDays);
          yield answer();
          await untilAborted(signal);
        },
      }),
    );
    await loaded();
    await userEvent.click(
      screen.getByRole('button', { name: /Window of the measures/ }),
    );
    await userEvent.click(
      await screen.findByRole('option', { name: '90 days' }),
    );
    await waitFor(() => expect(windows).toEqual([30, 90]));
  });

  it('has no fault that axe knows', async () => {
    await renderCard(inMemoryService(), {
      'headway.dev/target-change-lead-time': '1d',
    });
    await loaded();
    expect(await axeFaults(document.body)).toEqual([]);
  });
});
