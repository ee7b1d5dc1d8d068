/**
 * Owns curl towards what answers on a host (local-http.ts). Other addresses cannot be resolved: the sandbox has no internet.
 */
import { answer as ask, REASONS } from '../local-http.ts';
import type { SessionTool } from '../shell/session.ts';
import { getopt, last, type OptionTable } from './getopt.ts';

const TABLE: OptionTable = {
  short: {
    s: 'silent',
    S: 'show-error',
    i: 'include',
    f: 'fail',
    o: 'output',
    X: 'request',
    d: 'data',
    H: 'header',
    L: 'location',
    k: 'insecure',
    m: 'max-time',
    v: 'verbose',
    w: 'write-out',
    I: 'head',
  },
  long: {
    silent: 'none',
    'show-error': 'none',
    include: 'none',
    fail: 'none',
    output: 'required',
    request: 'required',
    data: 'required',
    header: 'required',
    location: 'none',
    insecure: 'none',
    'max-time': 'required',
    'connect-timeout': 'required',
    'unix-socket': 'required',
    verbose: 'none',
    'write-out': 'required',
    head: 'none',
  },
};

export const curl: SessionTool = async (context) => {
  const options = getopt(context.argv, TABLE);
  if ('error' in options) {
    await context.stderr(
      `${options.error.replace(/^.*: /, 'curl: ')}\ncurl: try 'curl --help' for more information\n`,
    );
    return 2;
  }
  const has = (name: string): boolean => options.values.has(name);
  const problem = async (code: number, text: string): Promise<number> => {
    if (!has('silent') || has('show-error')) await context.stderr(`curl: (${code}) ${text}\n`);
    return code;
  };
  const [address] = options.rest;
  if (address === undefined) return problem(2, 'no URL specified');
  let url: URL;
  try {
    url = new URL(/^https?:\/\//.test(address) ? address : `http://${address}`);
  } catch {
    return problem(3, 'URL using bad/illegal format or missing URL');
  }
  const method = last(options, 'request') ?? (has('data') ? 'POST' : 'GET');
  const socket = last(options, 'unix-socket');
  const target = socket === undefined ? `${url.hostname}:${url.port || '80'}` : socket;
  const answer = ask(context.machine, target, url, {
    method,
    body: await bodyOf(context, last(options, 'data')),
  });
  if (answer === 'refused')
    return problem(7, `Failed to connect to ${url.hostname} port ${url.port || '80'}: Connection refused`);
  if (answer === 'unknown') return problem(6, `Could not resolve host: ${url.hostname}`);
  if (has('fail') && answer.status >= 400)
    return problem(22, `The requested URL returned error: ${answer.status} ${REASONS[answer.status] ?? ''}`);
  const date = new Date(context.machine.now()).toUTCString();
  const head = `HTTP/1.1 ${answer.status} ${REASONS[answer.status] ?? ''}\r\nContent-Type: ${answer.contentType}\r\nDate: ${date}\r\nContent-Length: ${Buffer.byteLength(answer.body)}\r\n\r\n`;
  const text = (has('include') || has('head') ? head : '') + (has('head') ? '' : answer.body);
  const file = last(options, 'output');
  if (file === undefined) await context.stdout(text);
  else if (file !== '/dev/null')
    context.machine.files.write(file.startsWith('/') ? file : `${context.cwd}/${file}`, text);
  const format = last(options, 'write-out');
  if (format !== undefined)
    await context.stdout(format.replace('%{http_code}', String(answer.status)).replace(/\\n/g, '\n'));
  return 0;
};

/** `-d TEXT`, `-d @FILE`, `-d @-`. */
async function bodyOf(context: Parameters<SessionTool>[0], data: string | undefined): Promise<string> {
  if (data === undefined || !data.startsWith('@')) return data ?? '';
  return data === '@-' ? context.stdin() : (context.readFile(data.slice(1)) ?? '');
}
