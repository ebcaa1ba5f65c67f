// What the card adds to a portal: our code with the gRPC-web client, minified and gzipped, without what every Backstage has already.
// Usage: node bundle-size.mjs [LIMIT_KB]   exits with 1 above the limit (default 40)
import { gzipSync } from 'node:zlib';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const limit = Number(process.argv[2] ?? 40);
const plugin = fileURLToPath(new URL('..', import.meta.url));

async function size(entry) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: plugin,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    splitting: true,
    outdir: 'out',
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    external: [
      'react',
      'react-dom',
      'react/*',
      'react-router-dom',
      '@backstage/*',
      '@material-ui/*',
    ],
  });
  const files = new Map(
    outputFiles.map(({ path, contents }) => [relative(plugin, path), contents]),
  );
  const loaded = new Set();
  const load = path => {
    if (loaded.has(path)) return;
    loaded.add(path);
    metafile.outputs[path].imports
      .filter(i => i.kind === 'import-statement' && !i.external)
      .forEach(i => load(i.path));
  };
  // The plugin and the card. What is loaded later, when a number is clicked, is told apart.
  for (const [path, { entryPoint }] of Object.entries(metafile.outputs)) {
    if (entryPoint === entry || entryPoint?.endsWith('/EntityHeadwayCard.tsx'))
      load(path);
  }
  const gzipped = paths =>
    paths.reduce(
      (sum, path) => sum + gzipSync(files.get(path), { level: 9 }).length,
      0,
    ) / 1000;
  const later = [...files.keys()].filter(
    path => !loaded.has(path) && !path.includes('package'),
  );
  return { card: gzipped([...loaded]), later: gzipped(later) };
}

let failed = false;
for (const entry of ['src/index.ts', 'src/legacy.tsx']) {
  const { card, later } = await size(entry);
  console.log(
    `${entry}: the card ${card.toFixed(
      1,
    )} KB gzipped (limit ${limit} KB), what a click loads ${later.toFixed(
      1,
    )} KB`,
  );
  failed ||= card > limit;
}
process.exit(failed ? 1 : 0);
