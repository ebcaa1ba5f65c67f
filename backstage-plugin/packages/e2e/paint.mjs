// How long it takes until a person sees the numbers, on the production build that `./headway up` runs: node packages/e2e/paint.mjs [RUNS]
import { launch, signIn } from './browser.mjs';
import { portalUrl } from './installation.mjs';

const runs = Number(process.argv[2] ?? 20);
const path = '/catalog/default/component/publishing-api';

/** In the page: the time at which the frame with all five numbers was painted, by the clock of the page. */
const painted = () =>
  new Promise(resolve => {
    const look = () => {
      if (document.querySelectorAll('[data-metric] data').length < 5) {
        requestAnimationFrame(look);
      } else {
        // The next frame begins after this one was painted.
        requestAnimationFrame(() =>
          setTimeout(() => resolve(performance.now())),
        );
      }
    };
    look();
  });

function report(what, times) {
  times.sort((a, b) => a - b);
  const at = share =>
    times[Math.min(times.length - 1, Math.floor(share * times.length))].toFixed(
      0,
    );
  console.log(
    `${what}: median ${at(0.5)} ms, 90 % within ${at(0.9)} ms, worst ${at(
      1,
    )} ms (${times.length} runs)`,
  );
}

const browser = await launch();
const page = await signIn(browser);

const inside = [];
for (let i = 0; i < runs; i++) {
  await page.goto(`${portalUrl}/`);
  const link = page.getByRole('link', { name: 'publishing-api' });
  await link.waitFor();
  await page.waitForLoadState('networkidle');
  inside.push(
    await page.evaluate(
      async ([href, source]) => {
        const begin = performance.now();
        document.querySelector(`a[href$="${href}"]`).click();
        // eslint-disable-next-line no-eval
        return (await eval(`(${source})`)()) - begin;
      },
      [path, painted.toString()],
    ),
  );
}
report('from a click in the portal to the painted card', inside);

const whole = [];
for (let i = 0; i < runs; i++) {
  await page.goto(portalUrl + path, { waitUntil: 'commit' });
  whole.push(await page.evaluate(painted));
}
report('from opening the address to the painted card', whole);
await browser.close();
