/** Owns the first-frame figure: whole process to the paint of the first screen's words, against a bundled Ink hello. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import pty from '@lydell/node-pty';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const ROUNDS = 15;

/** Milliseconds from spawn until the terminal has received `marker`. */
function timeToPaint(args, marker, env) {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const child = pty.spawn(process.execPath, args, {
      name: 'xterm-256color',
      cols: 120,
      rows: 40,
      cwd: root,
      env,
    });
    let seen = '';
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`no "${marker}" within 20 s:\n${seen}`));
    }, 20_000);
    child.onData((data) => {
      seen += data;
      if (!seen.includes(marker)) return;
      clearTimeout(timer);
      const took = performance.now() - startedAt;
      seen = '';
      child.onExit(() => resolve(took));
      child.kill('SIGKILL');
    });
  });
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function bundledHello(folder) {
  await writeFile(
    path.join(folder, 'hello.jsx'),
    "import { render, Text } from 'ink';\nrender(<Text>hello from ink</Text>);\nsetTimeout(() => {}, 10_000);\n",
  );
  await writeFile(path.join(folder, 'nothing.mjs'), 'export default {};\n');
  await build({
    absWorkingDir: root,
    entryPoints: [path.join(folder, 'hello.jsx')],
    outfile: path.join(folder, 'hello.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    jsx: 'automatic',
    minifySyntax: true,
    minifyWhitespace: true,
    nodePaths: [path.join(root, 'node_modules')],
    define: { 'process.env.NODE_ENV': '"production"' },
    alias: { 'react-devtools-core': path.join(folder, 'nothing.mjs') },
    banner: { js: "import{createRequire as r}from'node:module';const require=r(import.meta.url);" },
  });
  return path.join(folder, 'hello.mjs');
}

export async function firstFrame() {
  const folder = await mkdtemp(path.join(tmpdir(), 'kubecore-bench-'));
  try {
    const hello = await bundledHello(folder);
    const { PATH, LANG } = process.env;
    const env = {
      PATH,
      LANG: LANG ?? 'C.UTF-8',
      HOME: folder,
      TERM: 'xterm-256color',
      KUBECORE_STATE_DIR: path.join(folder, 'state'),
    };
    const program = path.join(root, 'dist', 'kubecore.js');
    const ours = [];
    const floor = [];
    for (let round = 0; round < ROUNDS; round++) {
      floor.push(await timeToPaint([hello], 'hello from ink', env));
      ours.push(await timeToPaint([program, '--region', 'us-east-1'], 'Prerequisites', env));
    }
    const ratio = median(ours) / median(floor);
    return {
      what: 'first frame',
      ratio,
      bar: 1.3,
      detail: `medians of ${ROUNDS} runs against a bundled Ink hello`,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
