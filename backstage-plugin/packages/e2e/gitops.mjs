// Looks at the lead time on the card of a component while it is deployed: node gitops.mjs COMPONENT FIRST SECOND
// Says "shown" once the card shows FIRST (seconds), and ends once the open card shows SECOND. SCREENSHOT: a file for the card as it is then.
import { launch, openComponent, signIn, tile } from './browser.mjs';
import { portalUrl } from './installation.mjs';

const [name, first, second] = process.argv.slice(2);
const browser = await launch();
const page = await signIn(browser);

// The catalog takes up to a minute and a half to read what was added to it.
for (let tries = 0; ; ++tries) {
  await page.goto(`${portalUrl}/catalog/default/component/${name}`);
  const card = page.getByRole('heading', { name: 'Delivery performance' });
  const isThere = await card.waitFor({ timeout: 5_000 }).then(
    () => true,
    () => false,
  );
  if (isThere) break;
  if (tries === 30) throw new Error(`the portal has no ${name}`);
}
const shows = seconds =>
  tile(page, 'change_lead_time')
    .locator(`data[value="${seconds}"]`)
    .waitFor({ timeout: 90_000 });
await openComponent(page, name);
await shows(first);
console.log(`the card shows a lead time of ${first} s`);
await shows(second);
console.log(`the open card shows a lead time of ${second} s`);
if (process.env.SCREENSHOT)
  await page.screenshot({ path: process.env.SCREENSHOT });
await browser.close();
