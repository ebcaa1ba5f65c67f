import { screen } from '@testing-library/react';
import { GetCoverageResponse } from '../../gen/headway/v1/coverage_pb';
import { Measure_Reason } from '../../gen/headway/v1/metrics_pb';
import { axeFaults } from '../../testing/axeFaults';
import {
  inMemoryService,
  unknownEntity,
  untilAborted,
} from '../../testing/inMemoryService';
import { renderCard } from '../../testing/renderCard';
import {
  answer,
  coverage,
  measure,
  noNumber,
} from '../../testing/sampleAnswers';

const seenBy = (answered: Partial<GetCoverageResponse> = {}) => ({
  getCoverage: jest.fn((_: any) => ({ ...coverage, ...answered })),
});

const MAPPED = { 'argocd/app-name': 'pay' };

describe('MappingHint', () => {
  it('shows the lines to add to an entity of which nothing is known', async () => {
    const seen = seenBy();
    await renderCard(inMemoryService(unknownEntity, seen));
    expect(await screen.findByText('Not mapped yet')).toBeVisible();
    expect(document.body).toHaveTextContent(
      'kind: Component metadata: name: payments annotations: argocd/app-name: payments',
    );
    expect(screen.getByRole('button', { name: /copy/i })).toBeVisible();
    expect(screen.getAllByText('component:default/payments')).not.toHaveLength(
      0,
    );
    expect(seen.getCoverage).not.toHaveBeenCalled();
    expect(await axeFaults(document.body)).toEqual([]);
  });

  it('links to the file where the catalog knows it', async () => {
    await renderCard(inMemoryService(unknownEntity), {
      'backstage.io/edit-url': 'https://example.com/edit/catalog-info.yaml',
    });
    expect(
      await screen.findByRole('link', { name: /catalog-info.yaml/ }),
    ).toHaveAttribute('href', 'https://example.com/edit/catalog-info.yaml');
  });

  it('shows the lines also where the catalog is known and nothing is mapped', async () => {
    await renderCard(
      inMemoryService({
        async *watchEntityMetrics(_, { signal }) {
          yield answer({
            measures: [
              noNumber('deployment_frequency', Measure_Reason.NO_SOURCE_MAPPED),
              noNumber('change_lead_time', Measure_Reason.NO_SOURCE_MAPPED),
            ],
          });
          await untilAborted(signal);
        },
      }),
    );
    expect(await screen.findByText('Not mapped yet')).toBeVisible();
    expect(screen.queryByText('Not enough data')).not.toBeInTheDocument();
  });

  it('keeps the numbers that there are where only deployments are missing', async () => {
    await renderCard(
      inMemoryService({
        async *watchEntityMetrics(_, { signal }) {
          yield answer({
            measures: [
              noNumber('deployment_frequency', Measure_Reason.NO_SOURCE_MAPPED),
              measure('change_fail_rate', 0.25),
            ],
          });
          await untilAborted(signal);
        },
      }),
    );
    expect(await screen.findByText('Not mapped yet')).toBeVisible();
    expect(screen.getByText('25.0 %')).toBeVisible();
  });

  it('says who has looked where nobody has seen what the annotation names', async () => {
    const seen = seenBy();
    await renderCard(inMemoryService(unknownEntity, seen), MAPPED);
    expect(await screen.findByText('Mapped, but not seen')).toBeVisible();
    expect(screen.getByText('argocd/app-name: pay')).toBeVisible();
    const watching = await screen.findAllByRole('listitem');
    expect(watching.map(item => item.textContent)).toEqual([
      'argocd:a watches, and is up to date',
      'argocd:b is silent since 2026-08-01 08:00 UTC',
      'argocd:c is not allowed to: list applications.argoproj.io',
    ]);
    expect(seen.getCoverage.mock.calls[0][0].entityRef).toBe(
      'component:default/payments',
    );
    expect(await axeFaults(document.body)).toEqual([]);
  });

  it('says that nobody watches', async () => {
    await renderCard(
      inMemoryService(unknownEntity, seenBy({ sources: [] })),
      MAPPED,
    );
    expect(
      await screen.findByText(/No Argo CD is watched so far/),
    ).toBeVisible();
    expect(await axeFaults(document.body)).toEqual([]);
  });

  it('waits for the first deployment where the application is known', async () => {
    await renderCard(
      inMemoryService(
        unknownEntity,
        seenBy({ sources: [{ ...coverage.sources[0], streams: 1n }] }),
      ),
      MAPPED,
    );
    expect(await screen.findByText('No deployment yet')).toBeVisible();
  });

  it('goes without coverage where the service does not tell it', async () => {
    await renderCard(inMemoryService(unknownEntity), {
      ...MAPPED,
      'argocd/instance-name': 'production',
    });
    expect(await screen.findByText(/in the Argo CD production/)).toBeVisible();
    expect(screen.queryByRole('list')).not.toBeInTheDocument();
  });
});
