import { Code, ConnectError } from '@connectrpc/connect';
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { axeFaults } from '../../testing/axeFaults';
import { inMemoryService } from '../../testing/inMemoryService';
import { renderCard } from '../../testing/renderCard';
import { HOSTILE, at, evidence, measure } from '../../testing/sampleAnswers';

const FAIL_RATE = /^5.6 %, what Change fail rate is computed from/;

const page = (more: object = {}) => ({
  measure: measure('change_fail_rate', 1 / 18, { count: 1n }),
  scope: { timeZone: 'UTC', asOf: at('2026-08-01T00:00:00Z') },
  windowStart: at('2026-07-02T00:00:00Z'),
  definition: 'Share of the counted deployments that failed.',
  evidence,
  ...more,
});

async function open(explainMetric: any) {
  await renderCard(inMemoryService({ explainMetric }));
  const number = await screen.findByRole('button', { name: FAIL_RATE });
  await userEvent.click(number);
  return { number, drawer: await screen.findByRole('dialog') };
}

describe('the drawer behind a number', () => {
  it('lists the facts, what each adds, and why each link was made', async () => {
    const { drawer } = await open(() => page());
    const inside = within(drawer);
    expect(
      await inside.findByText('Share of the counted deployments that failed.'),
    ).toBeVisible();
    expect(inside.getByRole('heading', { level: 2 })).toHaveTextContent(
      'Change fail rate',
    );
    const [deployment, change, incident] = within(
      inside.getByRole('list', { name: 'Events' }),
    )
      .getAllByRole('heading', { level: 3 })
      .map(heading => heading.closest('li')!);
    expect(deployment).toHaveTextContent('failed');
    expect(deployment).toHaveTextContent('Finished 2026-07-02 09:45 UTC');
    expect(deployment).toHaveTextContent('blamed twice');
    expect(deployment).toHaveTextContent(
      'One of 2 deployments of the same roll-out',
    );
    expect(change).toHaveTextContent('Change example.org/payments #17');
    expect(change).toHaveTextContent('coding 1 min, deployment 30 min');
    expect(incident).toHaveTextContent('Not counted: it has no opening');
    expect(incident).toHaveTextContent('Still open');
  });

  it('shows hostile titles as the text that they are', async () => {
    const { drawer } = await open(() => page());
    expect(
      await within(drawer).findByText(`Deployment ${HOSTILE}`),
    ).toBeVisible();
    expect(drawer.querySelector('img, script')).toBeNull();
    expect((window as any).pwned).toBeUndefined();
  });

  it('asks for more, page by page', async () => {
    const tokens: string[] = [];
    const { drawer } = await open(({ pageToken }: { pageToken: string }) => {
      tokens.push(pageToken);
      return page({ nextPageToken: pageToken ? '' : 'next' });
    });
    await userEvent.click(
      await within(drawer).findByRole('button', { name: 'Show more' }),
    );
    await waitFor(() =>
      expect(within(drawer).getAllByRole('heading', { level: 3 })).toHaveLength(
        6,
      ),
    );
    expect(tokens).toEqual(['', 'next']);
    expect(within(drawer).queryByText('Show more')).not.toBeInTheDocument();
  });

  it('says that nothing happened, and what failed, and asks again', async () => {
    let broken = true;
    const { drawer } = await open(() => {
      if (broken) throw new ConnectError('no store', Code.Unavailable);
      return page({ evidence: [] });
    });
    expect(await within(drawer).findByRole('alert')).toHaveTextContent(
      'The events could not be loaded',
    );
    broken = false;
    await userEvent.click(
      within(drawer).getByRole('button', { name: 'Retry' }),
    );
    expect(
      await within(drawer).findByText('There is no event in this window.'),
    ).toBeVisible();
  });

  it('is opened and closed by keyboard alone, and gives the focus back', async () => {
    await renderCard(inMemoryService({ explainMetric: () => page() }));
    const number = await screen.findByRole('button', { name: FAIL_RATE });
    number.focus();
    await userEvent.keyboard('{Enter}');
    const drawer = await screen.findByRole('dialog', {
      name: 'Change fail rate',
    });
    await waitFor(() =>
      expect(drawer.parentElement).toContainElement(
        document.activeElement as HTMLElement,
      ),
    );
    await userEvent.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(number).toHaveFocus();
  });

  it('has no fault that axe knows', async () => {
    const { drawer } = await open(() => page());
    await within(drawer).findByText(
      'Share of the counted deployments that failed.',
    );
    expect(await axeFaults(drawer)).toEqual([]);
  });
});
