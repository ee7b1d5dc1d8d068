/** Owns redirections: to and from files, from one stream to another, here-documents. */
import { resolvePath } from '../files.ts';
import { writeProblem } from '../permissions.ts';
import { expand } from './expand.ts';
import type { Io } from './session.ts';
import type { State } from './state.ts';
import { Collector, EMPTY_SOURCE, NOWHERE, type Sink, sourceOf } from './streams.ts';
import type { Redirect } from './syntax.ts';

/** Runs `body` with the streams as `redirects` say; files are written when it ends. Status 1 when a file is not to be had. */
export async function redirected(
  state: State,
  redirects: readonly Redirect[],
  io: Io,
  body: (io: Io) => Promise<number>,
): Promise<number> {
  if (redirects.length === 0) return body(io);
  let { stdin, stdout, stderr } = io;
  const written: { path: string; sink: Collector; append: boolean }[] = [];
  for (const redirect of redirects) {
    const target = (await expand(state, redirect.target, io, true)).join(' ');
    if (redirect.kind === 'here') stdin = sourceOf(target);
    else if (redirect.kind === 'duplicate') {
      if (target === '1' && redirect.fd === 2) stderr = stdout;
      else if (target === '2' && redirect.fd === 1) stdout = stderr;
      else if (target === '-') {
        if (redirect.fd === 2) stderr = NOWHERE;
        else stdout = NOWHERE;
      }
    } else if (redirect.kind === 'read') {
      const path = resolvePath(state.cwd, target);
      const text = path === '/dev/null' ? '' : state.options.machine.files.read(path);
      if (text === undefined) {
        await io.stderr.write(`sh: ${target}: No such file or directory\n`);
        return 1;
      }
      stdin = text === '' ? EMPTY_SOURCE : sourceOf(text);
    } else {
      const path = resolvePath(state.cwd, target);
      let sink: Sink = NOWHERE;
      if (path === '/dev/stderr') sink = stderr;
      else if (path === '/dev/stdout') sink = stdout;
      else if (path !== '/dev/null') {
        const problem = writeProblem(state.options.machine, state.options.user, path);
        if (problem !== null) {
          await io.stderr.write(`sh: ${target}: ${problem}\n`);
          return 1;
        }
        const collector = new Collector();
        written.push({ path, sink: collector, append: redirect.kind === 'append' });
        sink = collector;
      }
      if (redirect.fd === 2) stderr = sink;
      else stdout = sink;
      if (redirect.fd === -1) stderr = sink;
    }
  }
  try {
    return await body({ stdin, stdout, stderr });
  } finally {
    for (const { path, sink, append } of written) {
      const { files } = state.options.machine;
      files.write(path, (append ? (files.read(path) ?? '') : '') + sink.text());
      state.options.machine.touch();
    }
  }
}
