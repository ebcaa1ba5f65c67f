import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import {
  axeFaults,
  card,
  launch,
  openComponent,
  signIn,
  tile,
} from './browser.mjs';
import { kill, measuresOf, portalUrl, send, up } from './installation.mjs';

const FIVE = [
  'deployment_frequency',
  'change_lead_time',
  'change_fail_rate',
  'failed_deployment_recovery_time',
  'deployment_rework_rate',
];
const HOSTILE = `<img src=x onerror="window.pwned=1"><script>window.pwned=1</script> ' " {{7*7}}`;
const MY_SERVICE = 'component:default/my-service';

let deployments = 0;
const deployment = (more = {}) => ({
  source: 'e2e',
  deployment: {
    key: `e2e-${process.pid}-${++deployments}`,
    entityRef: MY_SERVICE,
    environment: 'production',
    stream: 'main',
    phase: 'SUCCEEDED',
    finishedAt: new Date().toISOString(),
    ...more,
  },
});

let browser;
let page;
before(async () => {
  browser = await launch();
  page = await signIn(browser);
});
after(() => browser?.close());
afterEach(() =>
  assert.deepEqual(page.faults.splice(0), [], 'errors in the page'),
);

/** The numbers that the card shows: the exact value, or undefined where it says that there is not enough data. */
async function shown() {
  await tile(page, FIVE[0]).waitFor();
  return page.$$eval('[data-metric]', tiles =>
    Object.fromEntries(
      tiles.map(t => [
        t.dataset.metric,
        t.querySelector('data')
          ? Number(t.querySelector('data').value)
          : undefined,
      ]),
    ),
  );
}

async function sameAsCommandLine(name, days, asOf) {
  const measures = await measuresOf(
    `component:default/${name}`,
    '--window',
    `${days}d`,
    '--as-of',
    asOf,
  );
  const numbers = await shown();
  assert.deepEqual(Object.keys(numbers), FIVE);
  for (const metric of FIVE)
    assert.equal(
      numbers[metric],
      measures.get(metric).value,
      `${name} ${metric}`,
    );
  return measures;
}

describe('the portal', () => {
  it('signs a guest in who is a real user with groups', async () => {
    await page.goto(`${portalUrl}/catalog/default/user/guest`);
    await page.getByRole('link', { name: 'Content' }).first().waitFor();
    await page.goto(`${portalUrl}/`);
    await page.getByRole('link', { name: 'publishing-api' }).click();
    await page.getByRole('heading', { name: 'Delivery performance' }).waitFor();
  });

  it('shows the numbers that the command line prints', async () => {
    await openComponent(page, 'publishing-api');
    const measures = await sameAsCommandLine(
      'publishing-api',
      30,
      '2026-08-01',
    );
    const { value, n } = measures.get('change_lead_time');
    assert.equal(value, 10_267);
    const leadTime = tile(page, 'change_lead_time');
    await leadTime.getByText('2 h 51 min').waitFor();
    await leadTime.getByText(`From ${n} changes`).waitFor();
    await leadTime
      .getByText('-33 %, better: 4 h 16 min in the 30 days before')
      .waitFor();
    await leadTime.getByText('Target met: 1 d or less').waitFor();
    await leadTime
      .getByText(/^DORA answer bands 2025: less than one day/)
      .waitFor();
    await leadTime
      .getByRole('img', { name: /^Change lead time over \d weeks: first/ })
      .waitFor();
    await page.getByText(/^Data until: deployments 2026-08-21/).waitFor();
    await openComponent(page, 'etcd');
    await sameAsCommandLine('etcd', 30, '2026-08-20');
  });

  it('says why there is no number, and never shows a zero for it', async () => {
    await openComponent(page, 'argo-rollouts');
    await sameAsCommandLine('argo-rollouts', 30, '2026-08-20');
    const recovery = tile(page, 'failed_deployment_recovery_time');
    await recovery.getByText('Not enough data').waitFor();
    await recovery
      .getByText('There was no failed deployment in the window.')
      .waitFor();
  });

  it('explains a number by the events that it was computed from', async () => {
    await openComponent(page, 'publishing-api');
    await tile(page, 'change_fail_rate').getByRole('button').click();
    const drawer = page.getByRole('dialog', { name: 'Change fail rate' });
    await drawer
      .getByText(/Share of the counted deployments/)
      .first()
      .waitFor();
    assert.equal(await drawer.getByText('failed', { exact: true }).count(), 1);
    assert.equal(await drawer.getByRole('heading', { level: 3 }).count(), 18);
    assert.deepEqual(await axeFaults(page, drawer), []);
    await page.keyboard.press('Escape');
    await tile(page, 'change_lead_time').getByRole('button').click();
    const second = page.getByRole('dialog', { name: 'Change lead time' });
    await second.getByRole('button', { name: 'Show more' }).click();
    await second.getByRole('heading', { level: 3 }).nth(26).waitFor();
    await second
      .getByText(/^ships with deployment/)
      .first()
      .waitFor();
    await page.keyboard.press('Escape');
  });

  it('can be used by keyboard alone', async () => {
    await openComponent(page, 'publishing-api');
    await shown();
    const focused = () =>
      page.evaluate(
        () => document.activeElement.getAttribute('aria-label') ?? '',
      );
    for (let i = 0; i < 60 && !(await focused()).startsWith('Window of'); i++)
      await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByText(/2026-05-03 to 2026-08-01/).waitFor();
    for (
      let i = 0;
      i < 5 && !(await focused()).includes('Deployment frequency');
      i++
    )
      await page.keyboard.press('Tab');
    const number = await focused();
    await page.keyboard.press('Enter');
    const drawer = page.getByRole('dialog', { name: 'Deployment frequency' });
    await drawer.getByRole('heading', { level: 3 }).first().waitFor();
    for (let i = 0; i < 8; i++) {
      await page.keyboard.press('Tab');
      assert.ok(
        await drawer.evaluate(d =>
          d.parentElement.contains(document.activeElement),
        ),
        'the focus stays in the drawer',
      );
    }
    await page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'detached' });
    assert.equal(await focused(), number);
  });

  ['light', 'dark'].forEach(colorScheme => {
    it(`has no fault that axe knows (${colorScheme})`, async () => {
      await page.emulateMedia({ colorScheme });
      for (const name of ['publishing-api', 'argo-rollouts']) {
        await openComponent(page, name);
        await card(page).getByRole('img').first().waitFor();
        assert.deepEqual(await axeFaults(page, card(page)), []);
      }
      await page.emulateMedia({ colorScheme: 'light' });
    });
  });
});

describe('by configuration', () => {
  it('the card calls the gateway directly', async () => {
    const gatewayUrl = process.env.GATEWAY_URL;
    const direct = await signIn(browser, { bypassCSP: true });
    await direct.route('**/catalog/default/component/etcd', async route => {
      const response = await route.fetch();
      const page_ = await response.text();
      const more = JSON.stringify({
        context: 'e2e',
        data: { headway: { gatewayUrl } },
      });
      const body = page_.replace(
        /(<script type="backstage.io\/config">\s*\[)/,
        `$1${more},`,
      );
      assert.notEqual(body, page_);
      await route.fulfill({ response, body });
    });
    const calls = [];
    direct.on('request', request => {
      if (request.url().includes('headway.v1'))
        calls.push(new URL(request.url()).origin);
    });
    await openComponent(direct, 'etcd');
    await tile(direct, 'deployment_frequency').locator('data').waitFor();
    assert.deepEqual([...new Set(calls)], [gatewayUrl]);
    assert.deepEqual(direct.faults, []);
    await direct.context().close();
  });
});

describe('a live component', () => {
  it('says that it is not mapped, and what to add', async () => {
    await openComponent(page, 'my-service');
    await page.getByText('Not mapped yet').waitFor();
    await page.getByText('headway.dev/entity-ref').waitFor();
    assert.deepEqual(await axeFaults(page, card(page)), []);
  });

  it('comes to life with the first event', async () => {
    await send(deployment());
    await tile(page, 'deployment_frequency').waitFor({ timeout: 30_000 });
  });

  it('has an event on the open card within a second', async t => {
    const times = [];
    for (let i = 0; i < 5; i++) {
      const before_ = (await shown()).deployment_frequency;
      const changed = page.waitForFunction(
        old => {
          const data = document.querySelector(
            '[data-metric=deployment_frequency] data',
          );
          return data && Number(data.value) !== old && Date.now();
        },
        before_,
        { polling: 'raf', timeout: 10_000 },
      );
      await new Promise(resolve => setTimeout(resolve, 300));
      const sent = Date.now();
      await send(deployment());
      times.push((await (await changed).jsonValue()) - sent);
    }
    t.diagnostic(
      `from the start of the import to the screen: ${times.join(', ')} ms`,
    );
    assert.ok(Math.max(...times) < 1000, `${times} ms`);
  });

  it('shows hostile titles as the text that they are', async () => {
    const now = Date.now();
    const key = `${HOSTILE}-${now}`;
    await send(
      deployment({ key, finishedAt: new Date(now - 60_000).toISOString() }),
      {
        source: 'e2e-pager',
        incidentEvent: {
          incidentId: `i-${now}`,
          eventId: '1',
          type: 'OPENED',
          title: HOSTILE,
          occurredAt: new Date(now - 30_000).toISOString(),
          affectedEntityRefs: [MY_SERVICE],
        },
      },
    );
    for (const [metric, title] of [
      ['change_fail_rate', key],
      ['failed_deployment_recovery_time', HOSTILE],
    ]) {
      await tile(page, metric).locator('data').waitFor();
      await tile(page, metric).getByRole('button').click();
      const drawer = page.getByRole('dialog');
      await drawer.getByText(title).first().waitFor();
      assert.equal(await drawer.locator('img, script').count(), 0);
      assert.equal(await page.evaluate(() => window.pwned), undefined);
      await page.keyboard.press('Escape');
      await drawer.waitFor({ state: 'detached' });
    }
  });

  it('keeps its numbers while the gateway is away, and catches up by itself', async () => {
    const before_ = await shown();
    await kill('headway-gateway');
    await page.getByText('Not up to date').waitFor();
    assert.deepEqual(await shown(), before_);
    assert.deepEqual(await axeFaults(page, card(page)), []);
    const stopped = await signIn(browser);
    await openComponent(stopped, 'publishing-api');
    await stopped
      .getByRole('alert')
      .getByText('The measures could not be loaded')
      .waitFor();
    assert.deepEqual(await axeFaults(stopped, card(stopped)), []);
    await up();
    await stopped.getByRole('button', { name: 'Retry' }).click();
    await tile(stopped, 'change_lead_time').getByText('2 h 51 min').waitFor();
    assert.deepEqual(stopped.faults, []);
    await stopped.context().close();
    await page
      .getByText('Not up to date')
      .waitFor({ state: 'detached', timeout: 60_000 });
  });
});
