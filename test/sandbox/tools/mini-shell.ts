/**
 * Owns the few words of shell that the recorded command lines use (`cd`, `;`, `|`, `>`, variables, globs, quotes,
 * `timeout`, `grep`, `sed`, `sleep` …), so that the replay of fleetctl and kubecfg needs no real host.
 */
import type { Tool, ToolContext } from '../../../src/sandbox/contract.ts';
import { apiV1beta1, fleetApi } from '../../../src/sandbox/registry/index.ts';
import { globMatches } from '../../../src/sandbox/registry/unit-file.ts';
import { type FakeHost, type Lab, TimedOut } from './lab.ts';

export interface Ran {
  stdout: string;
  stderr: string;
  code: number;
}

export interface ShellOptions {
  tools: Record<string, Tool>;
  agent: boolean;
  /** Answers for commands that are not ours: systemctl, journalctl, hostname … */
  foreign?: (argv: readonly string[], host: FakeHost, stdin: string) => Ran | undefined;
}

const HOME = '/home/core';

/** Splits a command line at an operator outside of quotes. */
function split(line: string, operator: string): string[] {
  const parts = [''];
  let quote = '';
  for (let i = 0; i < line.length; i++) {
    const character = line[i]!;
    if (character === '\\' && quote !== "'") {
      parts[parts.length - 1] += character + (line[++i] ?? '');
    } else if (quote === '' && character === operator) {
      parts.push('');
    } else {
      if (character === quote) quote = '';
      else if (quote === '' && (character === '"' || character === "'")) quote = character;
      parts[parts.length - 1] += character;
    }
  }
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

interface Word {
  text: string;
  quoted: boolean;
}

function words(line: string, variables: Record<string, string>): Word[] {
  const found: Word[] = [];
  let word: Word | null = null;
  let quote = '';
  const push = (text: string, quoted: boolean) => {
    word ??= { text: '', quoted: false };
    word.text += text;
    word.quoted ||= quoted;
  };
  for (let i = 0; i < line.length; i++) {
    const character = line[i]!;
    const variable = quote === "'" ? null : /^\$(\?|[A-Za-z_]+)/.exec(line.slice(i));
    if (variable !== null) {
      push(variables[variable[1]!] ?? '', quote !== '');
      i += variable[0].length - 1;
    } else if (character === '\\' && quote !== "'") {
      push(line[++i] ?? '', true);
    } else if (character === quote) {
      quote = '';
    } else if (quote === '' && (character === '"' || character === "'")) {
      quote = character;
      push('', true);
    } else if (quote === '' && /\s/.test(character)) {
      if (word !== null) found.push(word);
      word = null;
    } else {
      push(character, quote !== '');
    }
  }
  if (word !== null) found.push(word);
  return found;
}

export class MiniShell {
  readonly #lab: Lab;
  readonly #options: ShellOptions;
  #host: FakeHost;
  #cwd = HOME;
  #last = 0;

  constructor(lab: Lab, host: FakeHost, options: ShellOptions) {
    this.#lab = lab;
    this.#host = host;
    this.#options = options;
  }

  #path(name: string): string {
    const full = name.startsWith('~/') ? HOME + name.slice(1) : name;
    return full.startsWith('/') ? full : `${this.#cwd}/${full}`;
  }
  #read(name: string): string | undefined {
    return this.#host.state.files[this.#path(name)]?.text;
  }
  #write(name: string, text: string): void {
    this.#host.state.files[this.#path(name)] = { text, mode: 0o644, mtime: this.#lab.now };
  }

  async run(line: string, stdin = ''): Promise<Ran> {
    const total: Ran = { stdout: '', stderr: '', code: 0 };
    for (const statement of split(line, ';')) {
      const ran = await this.#pipeline(statement, stdin);
      total.stdout += ran.stdout;
      total.stderr += ran.stderr;
      total.code = ran.code;
      this.#last = ran.code;
    }
    return total;
  }

  async #pipeline(line: string, stdin: string): Promise<Ran> {
    let input = stdin;
    let stderr = '';
    let ran: Ran = { stdout: '', stderr: '', code: 0 };
    for (const command of split(line, '|')) {
      const redirect = split(command, '>');
      ran = await this.#command(redirect[0]!, input);
      if (redirect[1] === '&2') {
        ran = { ...ran, stdout: '', stderr: ran.stderr + ran.stdout };
      } else if (redirect[1] !== undefined) {
        this.#write(redirect[1], ran.stdout);
        ran = { ...ran, stdout: '' };
      }
      stderr += ran.stderr;
      input = ran.stdout;
    }
    return { ...ran, stderr };
  }

  async #command(line: string, stdin: string): Promise<Ran> {
    const all = words(line, { '?': String(this.#last), PATH: '/usr/bin:/opt/bin' });
    const env: Record<string, string> = {};
    while (all[0] !== undefined && /^[A-Z_]+=/.test(all[0].text)) {
      const [name = '', value = ''] = all.shift()!.text.split(/=(.*)/s);
      env[name] = value;
    }
    const argv = all.flatMap((word) => {
      if (word.quoted || !/[*?]/.test(word.text)) return [word.text];
      const names = Object.keys(this.#host.state.files)
        .filter((file) => file.startsWith(`${this.#cwd}/`))
        .map((file) => file.slice(this.#cwd.length + 1))
        .filter((name) => globMatches(word.text, name))
        .sort();
      return names.length > 0 ? names : [word.text];
    });
    return this.#exec(argv, env, stdin);
  }

  async #exec(argv: string[], env: Record<string, string>, stdin: string): Promise<Ran> {
    const ok = (stdout = '', code = 0): Ran => ({ stdout, stderr: '', code });
    const [name = '', ...args] = argv;
    const tool = this.#options.tools[name];
    if (tool !== undefined) return this.#tool(tool, argv, env, stdin);
    switch (name) {
      case 'cd':
        this.#cwd = this.#path(args[0] ?? HOME);
        return ok();
      case 'sudo':
        return this.#exec(args, env, stdin);
      case 'env':
        return this.#exec(args.slice(args.findIndex((arg) => !/^-|=/.test(arg))), env, stdin);
      case 'timeout': {
        const deadline = this.#lab.deadline;
        this.#lab.deadline = this.#lab.now + Number(args[0]) * 1000;
        try {
          return await this.#exec(args.slice(1), env, stdin);
        } finally {
          this.#lab.deadline = deadline;
        }
      }
      case 'sleep':
        this.#lab.advance(Number(args[0]) * 1000);
        return ok();
      case 'echo':
        return ok(`${args.join(' ')}\n`);
      case 'cat':
        return ok(args.map((file) => this.#read(file) ?? '').join(''));
      case 'rm':
      case 'mkdir':
        return ok();
      case 'cut':
        return ok();
      case 'cp':
        this.#write(args[1]!, this.#read(args[0]!) ?? '');
        return ok();
      case 'sed': {
        const [, from = '', to = '', flags = ''] = args[0]!.split('/');
        const text = args[1] === undefined ? stdin : (this.#read(args[1]) ?? '');
        return ok(flags === 'g' ? text.replaceAll(from, to) : text.replace(from, to));
      }
      case 'grep': {
        const lines = stdin.split('\n').filter((text) => text.includes(args[0]!));
        return ok(lines.map((text) => `${text}\n`).join(''), lines.length > 0 ? 0 : 1);
      }
      case 'curl':
        return ok(this.#curl(args));
      default: {
        const ran = this.#options.foreign?.(argv, this.#host, stdin);
        if (ran === undefined) throw new Error(`the lab has no ${name}`);
        return ran;
      }
    }
  }

  /** `curl -s [-i] [--unix-socket FILE] URL`, over the read access that the hosts' curl has. */
  #curl(args: readonly string[]): string {
    const url = new URL(args.at(-1)!);
    const path = url.pathname + url.search;
    const answer = args.includes('--unix-socket')
      ? fleetApi(this.#host, path)
      : apiV1beta1(this.#lab.ports, this.#host, { method: 'GET', path, body: '' });
    if (answer === null) throw new Error(`nothing answers at ${url}`);
    const reason = answer.status === 200 ? '200 OK' : '404 Not Found';
    const length = Buffer.byteLength(answer.body);
    const head = `HTTP/1.1 ${reason}\r\nContent-Type: ${answer.contentType}\r\nDate: ${new Date(this.#lab.now).toUTCString()}\r\nContent-Length: ${length}\r\n\r\n`;
    return (args.includes('-i') ? head : '') + answer.body;
  }

  async #tool(tool: Tool, argv: readonly string[], env: Record<string, string>, stdin: string): Promise<Ran> {
    const ran: Ran = { stdout: '', stderr: '', code: 0 };
    const decode = (data: string | Uint8Array) =>
      typeof data === 'string' ? data : Buffer.from(data).toString('utf8');
    const context: ToolContext = {
      hosts: this.#lab.ports,
      host: this.#host,
      argv,
      env,
      cwd: this.#cwd,
      stdin: async () => stdin,
      stdout: async (data) => {
        ran.stdout += decode(data);
      },
      stderr: async (data) => {
        ran.stderr += decode(data);
      },
      signal: new AbortController().signal,
      tty: null,
      agent: this.#options.agent,
      readFile: (path) => this.#read(path),
      shell: async (commandLine, on) => {
        const host = (on as FakeHost | undefined) ?? this.#host;
        const inner = await new MiniShell(this.#lab, host, this.#options).run(commandLine, stdin);
        ran.stdout += inner.stdout;
        ran.stderr += inner.stderr;
        return inner.code;
      },
    };
    try {
      ran.code = await tool(context);
    } catch (error) {
      if (!(error instanceof TimedOut)) throw error;
      ran.code = 124;
    }
    return ran;
  }
}
