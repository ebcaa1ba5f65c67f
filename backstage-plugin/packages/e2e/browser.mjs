/** Debian's Chromium, and pages of the portal in it. */
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { portalUrl } from './installation.mjs';

const axeSource = createRequire(import.meta.url)('axe-core').source;

/** A browser with a fresh profile that calls nobody. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless',
      ...(process.getuid() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // A page that a test has changed counts as from nowhere, and may not call loopback.
      '--disable-features=LocalNetworkAccessChecks',
    ],
  });
}

/** A page of someone who has signed in as guest. `page.faults` collects what goes wrong in it. */
export async function signIn(browser, options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1400, height: 1000 },
    ...options,
  });
  const page = await context.newPage();
  page.faults = [];
  page.on('pageerror', error => page.faults.push(error.message));
  page.on('dialog', dialog => page.faults.push(`dialog: ${dialog.message()}`));
  await page.goto(`${portalUrl}/settings`);
  await page.getByRole('button', { name: 'Enter' }).click();
  await page.getByText('user:default/guest').first().waitFor();
  return page;
}

/** Opens the page of a component. */
export async function openComponent(page, name) {
  await page.goto(`${portalUrl}/catalog/default/component/${name}`);
  await page.getByRole('heading', { name: 'Delivery performance' }).waitFor();
}

/** The tile of a measure. */
export const tile = (page, metric) => page.locator(`[data-metric=${metric}]`);

/** The card itself. */
export const card = page =>
  page
    .locator('.bui-Card', {
      has: page.getByRole('heading', { name: 'Delivery performance' }),
    })
    .last();

/** What axe finds in an element. */
export async function axeFaults(page, locator) {
  await page.evaluate(axeSource);
  const found = await locator.evaluate(element => window.axe.run(element));
  return found.violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes[0].html.slice(0, 200)} ${nodes[0].failureSummary}`,
  );
}
