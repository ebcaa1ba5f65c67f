// Makes the screenshots of the documentation from what `./headway up` runs: node packages/e2e/screenshots.mjs
import { launch, openComponent, signIn, tile } from './browser.mjs';

const folder = new URL('../../plugins/headway/docs/', import.meta.url).pathname;
const browser = await launch();
for (const colorScheme of ['light', 'dark']) {
  const page = await signIn(browser, {
    colorScheme,
    viewport: { width: 1280, height: 860 },
  });
  await openComponent(page, 'publishing-api');
  await page.getByRole('img').nth(4).waitFor();
  await page.mouse.move(0, 0);
  await page.screenshot({ path: `${folder}card-${colorScheme}.png` });
  await tile(page, 'change_fail_rate').getByRole('button').click();
  await page.getByRole('dialog').getByRole('heading').nth(3).waitFor();
  await page.waitForTimeout(500); // the drawer slides in
  await page.screenshot({ path: `${folder}drawer-${colorScheme}.png` });
  await page.context().close();
}
await browser.close();
