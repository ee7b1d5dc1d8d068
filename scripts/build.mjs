/**
 * Owns the bundle: one ESM entry with lazy chunks in dist/, everything inlined but ssh2's optional native parts,
 * and the licences of what was inlined. Importing Ink and the SDK unbundled costs 0.6-0.9 s a start.
 */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { outputSchemas } from './output-schemas.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const outdir = path.join(root, 'dist');
const manifest = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));

/** What CommonJS packages expect to find: ssh2's WebAssembly loader reads __dirname. */
const COMMONJS = [
  "import{createRequire as __kubecoreRequire}from'node:module';",
  "import{fileURLToPath as __kubecorePath}from'node:url';",
  'const require=__kubecoreRequire(import.meta.url),__filename=__kubecorePath(import.meta.url),',
  "__dirname=__kubecorePath(new URL('.',import.meta.url));",
].join('');

/** ssh2 and cpu-features `require` compiled add-ons inside try/catch: leave them out, the JavaScript paths serve. */
const nativeParts = {
  name: 'native-parts-stay-outside',
  setup(b) {
    b.onResolve({ filter: /\.node$/ }, (args) => ({ path: args.path, external: true }));
    b.onResolve({ filter: /^cpu-features$/ }, (args) => ({ path: args.path, external: true }));
  },
};

/** Ink asks for its devtools only when DEV is set; they are no dependency of ours. */
const noDevtools = {
  name: 'no-devtools',
  setup(b) {
    b.onResolve({ filter: /^react-devtools-core$/ }, (args) => ({ path: args.path, namespace: 'empty' }));
    b.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'export default {};' }));
  },
};

/**
 * yoga-layout reads its inlined WebAssembly by `fetch` of a data: address, and the first use of fetch loads Node's whole
 * HTTP client: 20 ms before the first frame. Its own path without fetch decodes the same bytes.
 */
const yogaWithoutFetch = {
  name: 'yoga-without-fetch',
  setup(b) {
    b.onLoad({ filter: /yoga-wasm-base64-esm\.js$/ }, async ({ path: file }) => {
      const source = await readFile(file, 'utf8');
      const asked = 'w||"function"!=typeof fetch?Promise';
      if (source.split(asked).length !== 2)
        throw new Error(`${file} has changed: look at yogaWithoutFetch again`);
      return { contents: source.replace(asked, 'true?Promise') };
    });
  },
};

/**
 * string-width builds a segmenter and a regular expression of every emoji when it is loaded, and asks both about each
 * character that is not ASCII. In the bundle (Ink's own calls too) a text of plain cells is answered without it, and it is made
 * when the first other text comes. test/ui/terminal/narrow.test.ts holds the two answers equal.
 */
const stringWidthWhenNeeded = {
  name: 'string-width-when-needed',
  setup(b) {
    b.onLoad({ filter: /string-width[\\/]index\.js$/ }, async ({ path: file }) => {
      const source = await readFile(file, 'utf8');
      const body = source.replace(/^import .*$/gm, '');
      const asked = 'export default function stringWidth(';
      if (body.split(asked).length !== 2 || body.split('export ').length !== 2)
        throw new Error(`${file} has changed: look at stringWidthWhenNeeded again`);
      return {
        contents: [
          ...(source.match(/^import .*$/gm) ?? []),
          `import { narrowWidth } from ${JSON.stringify(path.join(root, 'src/ui/terminal/narrow.ts'))};`,
          'let measure;',
          'export default function stringWidth(input, options) {',
          "  const plain = typeof input === 'string' && options === undefined ? narrowWidth(input) : undefined;",
          '  if (plain !== undefined) return plain;',
          '  measure ??= whenNeeded();',
          '  return measure(input, options);',
          '}',
          'function whenNeeded() {',
          body.replace(asked, 'return function stringWidth('),
          '}',
        ].join('\n'),
      };
    });
  },
};

/**
 * Ink's Output.get asks the fast way first: a frame that is one text alone is put together from remembered lines. Ink is pinned to
 * the exact version, and test/ui/terminal/whole-frame.test.ts holds that both draw the same.
 */
const inkRemembersLines = {
  name: 'ink-remembers-lines',
  setup(b) {
    b.onLoad({ filter: /ink[\\/]build[\\/]output\.js$/ }, async ({ path: file }) => {
      const source = await readFile(file, 'utf8');
      const asked = '    get() {\n';
      if (source.split(asked).length !== 2)
        throw new Error(`${file} has changed: look at inkRemembersLines again`);
      return {
        contents: `import { wholeFrame } from ${JSON.stringify(path.join(root, 'src/ui/terminal/whole-frame.ts'))};\n${source.replace(
          asked,
          `${asked}        const rowOf = (line) => styledCharsToString(styledCharsFromTokens(tokenize(line))).trimEnd();
        const whole = wholeFrame(this.operations, this.height, rowOf);
        if (whole !== null) return whole;
`,
        )}`,
      };
    });
  },
};

const result = await build({
  absWorkingDir: root,
  entryPoints: { kubecore: 'src/main.ts' },
  outdir,
  entryNames: '[name]',
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  jsx: 'automatic',
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: false,
  legalComments: 'none',
  mainFields: ['module', 'main'],
  conditions: ['node', 'import'],
  metafile: true,
  write: false,
  logLevel: 'warning',
  define: { 'process.env.NODE_ENV': '"production"', KUBECORE_VERSION: JSON.stringify(manifest.version) },
  banner: { js: COMMONJS },
  plugins: [nativeParts, noDevtools, yogaWithoutFetch, stringWidthWhenNeeded, inkRemembersLines],
});

// Written after a good build, so that a failed one leaves the last that worked; chunks of the last build go.
const keep = new Set(result.outputFiles.map((file) => path.resolve(file.path)));
await mkdir(path.join(outdir, 'chunks'), { recursive: true });
for (const file of result.outputFiles) await writeFile(file.path, withoutIdleBanner(file.text));
for (const name of await readdir(path.join(outdir, 'chunks'))) {
  const file = path.join(outdir, 'chunks', name);
  if (!keep.has(file)) await rm(file, { force: true });
}
await chmod(path.join(outdir, 'kubecore.js'), 0o755);
await writeFile(path.join(outdir, 'THIRD-PARTY-LICENSES.txt'), await licences(result.metafile));

// The manual page is what the program itself says of its commands.
await mkdir(path.join(root, 'man'), { recursive: true });
await writeFile(
  path.join(root, 'man', 'kubecore.1'),
  execFileSync(process.execPath, [path.join(outdir, 'kubecore.js'), 'man'], { encoding: 'utf8' }),
);
await writeSchemas();

/** The config file's schema is the program's own word; those of the outputs stand beside this file. */
async function writeSchemas() {
  const program = path.join(outdir, 'kubecore.js');
  const { stdout } = await promisify(execFile)(process.execPath, [program, 'config', '--schema']);
  const schemas = { 'kubecore.schema.json': stdout, ...outputSchemas(manifest.version) };
  const folder = path.join(root, 'schema');
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(schemas)) await writeFile(path.join(folder, name), text);
}

/** Most chunks hold no CommonJS: each banner less is some tenths of a millisecond before the first frame. */
function withoutIdleBanner(text) {
  const rest = text.replace(COMMONJS, '');
  return /\brequire\b|\b__(?:dirname|filename)\b/.test(rest) ? text : rest;
}

/** The licence text of every npm package whose code is in the bundle. */
async function licences(metafile) {
  const folders = new Set();
  for (const input of Object.keys(metafile.inputs)) {
    const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match) folders.add(match[1]);
  }
  const parts = [];
  for (const folder of [...folders].sort()) {
    const file = path.join(root, folder, 'package.json');
    if (!existsSync(file)) continue;
    const pkg = JSON.parse(await readFile(file, 'utf8'));
    const name = (await readdir(path.join(root, folder))).find((entry) =>
      /^(licen[cs]e|copying)/i.test(entry),
    );
    const text = name
      ? (await readFile(path.join(root, folder, name), 'utf8')).trim()
      : '(no licence file in the package)';
    parts.push(`${pkg.name} ${pkg.version} (${pkg.license ?? 'see text'})\n\n${text}\n`);
  }
  return `kubecore's bundle contains code of these packages.\n\n${parts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}
