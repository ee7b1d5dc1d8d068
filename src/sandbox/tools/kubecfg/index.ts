/** Owns `kubecfg` 0.4.4 as a whole: flags, verbs, which printer, and its fatal log lines. */
import type { Tool, ToolContext } from '../../contract.ts';
import { VERSION } from '../../registry/kube-api.ts';
import { isResource, KINDS, type Resource } from '../../registry/kube-kinds.ts';
import { type JsonObject, text } from '../../registry/kube-schema.ts';
import { parseFlags } from '../go-flag.ts';
import { Fatal, readConfig } from './config.ts';
import { resize, rm, rollingUpdate, run } from './controllers.ts';
import { FLAGS, usage } from './flags.ts';
import { executeTemplate, goValueOf, parseTemplate, TemplateError } from './go-template.ts';
import { goSyntax } from './go-value.ts';
import { printJson, printTable, printYaml } from './print.ts';
import { ApiClient, type Log, RequestError } from './server.ts';

type Values = Readonly<Record<string, string>>;
const RESOURCES = '<minions|pods|replicationControllers|services>';
const RAW_VERSION = `version.Info{Major:"${VERSION.major}", Minor:"${VERSION.minor}", GitVersion:"${VERSION.gitVersion}", GitCommit:"", GitTreeState:"${VERSION.gitTreeState}"}\n`;

/** glog to standard error: severity, time, pid, place. One pid for the whole run. */
function logger(context: ToolContext): Log {
  const { state } = context.host;
  const pid = String(state.nextPid).padStart(5, '0');
  state.nextPid += 1;
  return async (severity, place, message) => {
    const iso = new Date(context.hosts.clock.now()).toISOString();
    const stamp = `${iso.slice(5, 7)}${iso.slice(8, 10)} ${iso.slice(11, 23)}000`;
    await context.stderr(`${severity}${stamp} ${pid} ${place}] ${message}\n`);
  };
}

/** `1m0s` in milliseconds. */
function duration(text_: string): number {
  const units: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 0.001, ns: 0.000001 };
  return [...text_.matchAll(/([\d.]+)(ms|us|ns|h|m|s)/g)].reduce(
    (sum, [, number, unit]) => sum + Number(number) * (units[unit ?? ''] ?? 0),
    0,
  );
}

/** Prints an object the way the flags ask for. */
async function print(context: ToolContext, values: Values, kind: string, value: JsonObject): Promise<string> {
  if (values.json === 'true') return printJson(kind, value);
  if (values.yaml === 'true') return `${printYaml(kind, value)}\n`;
  const file = values.template_file ?? '';
  let source = values.template ?? '';
  if (source === '' && file !== '') {
    const found = context.readFile(file);
    if (found === undefined) {
      throw new Fatal(
        'kubecfg.go:296',
        `Error reading template ${file}, open ${file}: no such file or directory`,
      );
    }
    source = found;
  }
  if (source === '') return `${printTable(kind, value)}\n`;
  try {
    parseTemplate(source);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new Fatal('kubecfg.go:305', `Error parsing template ${source}, template: ${error.message}`);
  }
  const data = goValueOf(kind, value);
  try {
    return `${executeTemplate(source, parseTemplate(source), data)}\n`;
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new Fatal(
      'kubecfg.go:409',
      `Failed to print: template: ${error.message}\nRaw received object:\n&${goSyntax(data)}\n\nBody received: ${JSON.stringify(value)}`,
    );
  }
}

interface Call {
  context: ToolContext;
  api: ApiClient;
  values: Values;
  log: Log;
}

/** get, list, create, update, delete and print; null when `verb` is none of them. */
async function rest(call: Call, verb: string, target: string): Promise<string | null> {
  const { context, api, values, log } = call;
  const [name = '', id] = target.replace(/^\//, '').split('/');
  const usageLine = (line: number, form: string) =>
    new Fatal(`kubecfg.go:${line}`, `usage: kubecfg [OPTIONS] ${verb} ${form}`);
  const needs = (withId: boolean, line: number, form: string): Resource => {
    if (!isResource(name) || (id !== undefined && id !== '') !== withId) throw usageLine(line, form);
    return name;
  };
  const body = async (resource: Resource) => {
    const config = await readConfig(context, values.c ?? '', resource);
    if (values.verbose === 'true') {
      const sent = printJson(KINDS[resource], config).trimEnd();
      await log('I', 'kubecfg.go:159', `Parsed config file successfully; sending:\n${sent}`);
    }
    return config;
  };
  switch (verb) {
    case 'get': {
      const resource = needs(true, 330, `${RESOURCES}[/<id>]`);
      return print(context, values, KINDS[resource], await api.get(resource, id!));
    }
    case 'list': {
      const resource = needs(false, 335, RESOURCES);
      return print(context, values, `${KINDS[resource]}List`, await api.list(resource, values.l));
    }
    case 'delete': {
      const resource = needs(true, 340, `${RESOURCES}/<id>`);
      return print(context, values, 'Status', await api.remove(resource, id!));
    }
    case 'create': {
      const resource = needs(false, 346, RESOURCES);
      return print(context, values, KINDS[resource], await api.create(resource, await body(resource)));
    }
    case 'update': {
      const resource = needs(true, 359, `${RESOURCES}/<id>`);
      try {
        await api.get(resource, id!);
      } catch (error) {
        if (!(error instanceof RequestError)) throw error;
        throw new Fatal('kubecfg.go:351', `error obtaining resource version for update: ${error.message}`);
      }
      return print(context, values, KINDS[resource], await api.update(resource, id!, await body(resource)));
    }
    case 'print': {
      const resource = needs(false, 366, RESOURCES);
      const printed = await print(context, values, KINDS[resource], await body(resource));
      return printed.replace(/\n\n$/, '\n');
    }
    default:
      return null;
  }
}

/** stop, rm, rollingupdate, run and resize; null when `verb` is none of them. */
async function controllers(call: Call, verb: string, args: readonly string[]): Promise<string | null> {
  const { api, values } = call;
  const usageLine = (line: number, form: string) =>
    new Fatal(`kubecfg.go:${line}`, `usage: kubecfg [OPTIONS] ${form}`);
  const number = (word: string, line: number) => {
    if (/^[-+]?\d+$/.test(word)) return Number(word);
    const why = `strconv.Atoi: parsing ${JSON.stringify(word)}: invalid syntax`;
    throw new Fatal(`kubecfg.go:${line}`, `Error parsing replicas: ${why}`);
  };
  const only = () => {
    if (args.length === 1) return args[0]!;
    throw usageLine(418, 'stop|rm|rollingupdate|run|resize <controller>');
  };
  const act = async (): Promise<string | null> => {
    switch (verb) {
      case 'stop':
        return resize(api, only(), 0);
      case 'rm':
        await rm(api, only());
        return '';
      case 'rollingupdate':
        await rollingUpdate(api, only(), values.image ?? '', duration(values.u ?? ''));
        return '';
      case 'run': {
        const [image, replicas, name] = args;
        if (args.length !== 3 || image === undefined || replicas === undefined || name === undefined) {
          throw usageLine(434, 'run <image> <replicas> <controller>');
        }
        return run(api, image, name, number(replicas, 439), values.p ?? '', Number(values.s));
      }
      case 'resize': {
        const [name, replicas] = args;
        if (args.length !== 2 || name === undefined || replicas === undefined) {
          throw usageLine(446, 'resize <controller> <replicas>');
        }
        return resize(api, name, number(replicas, 451));
      }
      default:
        return null;
    }
  };
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    throw new Fatal('kubecfg.go:458', `Error: ${error.message}`);
  }
}

async function connectAndRun(
  context: ToolContext,
  values: Values,
  args: readonly string[],
  log: Log,
): Promise<number> {
  const version = values.api_version ?? '';
  if (!['v1beta1', 'v1beta2'].includes(version)) {
    throw new Fatal(
      'kubecfg.go:209',
      `Can't configure client: API version '${version}' is not recognized (valid values: v1beta1, v1beta2)`,
    );
  }
  const url = values.h || context.env.KUBERNETES_MASTER || 'http://localhost:8080';
  if (url.startsWith('https:') && context.readFile(values.auth ?? '') === undefined) {
    await context.stdout('Please enter Username: ');
    await context.stdin();
    await context.stdout('Please enter Password: ');
  }
  const call: Call = { context, values, log, api: new ApiClient(context, url, log) };
  const [verb, target = '', ...more] = args;
  try {
    if (values.server_version !== 'false') {
      await call.api.version();
      await context.stdout(values.server_version === 'raw' ? RAW_VERSION : 'Server: Kubernetes v0.4.4\n');
      return 0;
    }
    if (verb === undefined) {
      await context.stderr(usage());
      return 1;
    }
    const printed =
      (await rest(call, verb, target)) ??
      (await controllers(call, verb, target === '' ? [] : [target, ...more]));
    if (printed === null) throw new Fatal('kubecfg.go:259', `Unknown command ${verb}`);
    await context.stdout(printed);
    return 0;
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    throw new Fatal('kubecfg.go:403', `Got request error: ${error.message}`);
  }
}

/** kubecfg 0.4.4. */
export const kubecfg: Tool = async (context) => {
  // -version and -server_version are booleans that also take `raw`
  const raw = new Set<string>();
  const argv = context.argv.slice(1).map((argument) => {
    const match = /^--?(version|server_version)=raw$/.exec(argument);
    if (match === null) return argument;
    raw.add(match[1]!);
    return `-${match[1]}`;
  });
  const parsed = parseFlags(FLAGS, argv);
  if (!parsed.ok) {
    await context.stderr(parsed.help ? usage() : `${parsed.message}\n${usage()}`);
    return parsed.help ? 0 : 2;
  }
  const values: Record<string, string> = { ...parsed.values };
  for (const name of raw) values[name] = 'raw';
  if (values.version !== 'false') {
    await context.stdout(values.version === 'raw' ? RAW_VERSION : 'Kubernetes v0.4.4\n');
    return 0;
  }
  const log = logger(context);
  try {
    return await connectAndRun(context, values, parsed.rest, log);
  } catch (error) {
    if (!(error instanceof Fatal)) throw error;
    await log('F', error.place, text(error.message));
    return 255;
  }
};
