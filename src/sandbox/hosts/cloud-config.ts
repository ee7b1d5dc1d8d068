/**
 * Owns reading user data as coreos-cloudinit did: `#cloud-config` YAML with `$private_ipv4` and `$public_ipv4` filled in, or
 * a script. What it cannot read is an error text for the journal and the console; the host then boots bare.
 */
import { parse } from 'yaml';

export interface CloudUnit {
  readonly name: string;
  readonly content: string | null;
  readonly command: string | null;
  readonly enable: boolean;
  readonly mask: boolean;
  readonly dropIns: readonly { readonly name: string; readonly content: string }[];
}

export interface CloudConfig {
  readonly kind: 'none' | 'cloud-config' | 'script' | 'invalid';
  readonly error: string | null;
  readonly script: string;
  readonly hostname: string | null;
  readonly authorizedKeys: readonly string[];
  readonly files: readonly { readonly path: string; readonly text: string; readonly mode: number }[];
  /** coreos.etcd, coreos.fleet, coreos.update as texts. */
  readonly etcd: Readonly<Record<string, string>>;
  readonly fleet: Readonly<Record<string, string>>;
  readonly update: Readonly<Record<string, string>>;
  readonly units: readonly CloudUnit[];
}

const EMPTY: CloudConfig = {
  kind: 'none',
  error: null,
  script: '',
  hostname: null,
  authorizedKeys: [],
  files: [],
  etcd: {},
  fleet: {},
  update: {},
  units: [],
};

function record(input: unknown): Record<string, unknown> {
  return typeof input === 'object' && input !== null && !Array.isArray(input)
    ? Object.fromEntries(Object.entries(input))
    : {};
}

function texts(input: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(record(input))
      .filter(([, one]) => one !== null && typeof one !== 'object')
      .map(([key, one]) => [key, String(one)]),
  );
}

const array = (input: unknown): unknown[] => (Array.isArray(input) ? input : []);
const text = (input: unknown): string | null => (typeof input === 'string' ? input : null);

/** Parses user data; addresses are those of the instance. */
export function parseCloudConfig(
  userData: string,
  addresses: { privateIp: string; publicIp: string | null },
): CloudConfig {
  const first = userData.split('\n', 1)[0]?.trimEnd() ?? '';
  if (userData.trim() === '') return EMPTY;
  if (first.startsWith('#!')) return { ...EMPTY, kind: 'script', script: userData };
  if (first !== '#cloud-config') {
    return { ...EMPTY, kind: 'invalid', error: 'Unrecognized user-data format' };
  }
  const filled = userData
    .replaceAll('$private_ipv4', addresses.privateIp)
    .replaceAll('$public_ipv4', addresses.publicIp ?? '');
  let document: Record<string, unknown>;
  try {
    document = record(parse(filled, { version: '1.2' }));
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return { ...EMPTY, kind: 'invalid', error: `Failed to parse user-data: YAML error: ${why}` };
  }
  const coreos = record(document.coreos);
  return {
    ...EMPTY,
    kind: 'cloud-config',
    hostname: text(document.hostname),
    authorizedKeys: array(document.ssh_authorized_keys).filter(
      (one): one is string => typeof one === 'string',
    ),
    files: array(document.write_files).map((one) => {
      const file = record(one);
      return {
        path: String(file.path ?? ''),
        text: String(file.content ?? ''),
        mode: Number.parseInt(String(file.permissions ?? '0644'), 8) || 0o644,
      };
    }),
    etcd: texts(coreos.etcd),
    fleet: texts(coreos.fleet),
    update: texts(coreos.update),
    units: array(coreos.units)
      .map((one) => record(one))
      .filter((one) => typeof one.name === 'string')
      .map((one) => ({
        name: String(one.name),
        content: text(one.content),
        command: text(one.command),
        enable: one.enable === true,
        mask: one.mask === true,
        dropIns: array(one['drop-ins']).map((drop) => ({
          name: String(record(drop).name ?? '10-drop-in.conf'),
          content: String(record(drop).content ?? ''),
        })),
      })),
  };
}

/** `role=minion,disk=ssd` as fleet reads it. */
export function parseMetadata(metadata: string): Record<string, string> {
  const result: Record<string, string> = {};
  for (const part of metadata.split(',')) {
    const [key = '', rest] = part.split(/=(.*)/s);
    if (key.trim() !== '' && rest !== undefined) result[key.trim()] = rest.trim();
  }
  return result;
}

/** The token of a discovery URL: its last path segment. */
export function discoveryToken(url: string): string | null {
  const path = url
    .trim()
    .replace(/[?#].*$/, '')
    .replace(/\/+$/, '');
  const token = path.slice(path.lastIndexOf('/') + 1);
  return /^https?:\/\/.+\/.+/.test(path) && token !== '' ? token : null;
}
