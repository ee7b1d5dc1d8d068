/** Owns how kubecfg prints an object: tables, JSON on one line, YAML, or through a template. */
import { Document, visit } from 'yaml';
import {
  array,
  canonical,
  isEmpty,
  isObject,
  type Json,
  type JsonObject,
  object,
  STRUCTS,
  type Type,
  text,
} from '../../registry/kube-schema.ts';
import { KUBE_TABLE, tabwriter } from '../tabwriter.ts';

const ZERO_TIME = '0001-01-01T00:00:00Z';

const labels = (value: Json | undefined) =>
  Object.entries(object(value))
    .map(([key, label]) => `${key}=${label}`)
    .sort()
    .join(',');

const images = (manifest: JsonObject) =>
  array(manifest.containers)
    .map((container) => text(object(container).image))
    .join(',');

interface Table {
  header: readonly string[];
  row: (item: JsonObject) => string[];
}

const POD: Table = {
  header: ['ID', 'Image(s)', 'Host', 'Labels', 'Status'],
  row: (pod) => {
    const current = object(pod.currentState);
    const host = text(current.host);
    const hostIp = text(current.hostIP);
    return [
      text(pod.id),
      images(object(object(pod.desiredState).manifest)),
      host === '' && hostIp === '' ? '<unassigned>' : `${host}/${hostIp}`,
      labels(pod.labels),
      text(current.status),
    ];
  },
};
const CONTROLLER: Table = {
  header: ['ID', 'Image(s)', 'Selector', 'Replicas'],
  row: (controller) => {
    const desired = object(controller.desiredState);
    const template = object(object(object(desired.podTemplate).desiredState).manifest);
    return [
      text(controller.id),
      images(template),
      labels(desired.replicaSelector),
      String(desired.replicas ?? 0),
    ];
  },
};
const SERVICE: Table = {
  header: ['ID', 'Labels', 'Selector', 'Port'],
  row: (service) => [
    text(service.id),
    labels(service.labels),
    labels(service.selector),
    String(service.port ?? 0),
  ],
};
const MINION: Table = { header: ['Minion identifier'], row: (minion) => [text(minion.id)] };
const STATUS: Table = { header: ['Status'], row: (status) => [text(status.status)] };

const TABLES: Readonly<Record<string, Table>> = {
  Pod: POD,
  ReplicationController: CONTROLLER,
  Service: SERVICE,
  Minion: MINION,
  Status: STATUS,
};

/** The table of one object or of a list. */
export function printTable(kind: string, value: JsonObject): string {
  const single = kind.replace(/List$/, '');
  const table = TABLES[single];
  if (table === undefined) return `Error: unknown type ${kind}\n`;
  const rows = kind === single ? [value] : array(value.items).map(object);
  const lines = [table.header, table.header.map(() => '----------'), ...rows.map(table.row)];
  return tabwriter(lines.map((cells) => `${cells.join('\t')}\n`).join(''), KUBE_TABLE);
}

/** kubecfg reads the API's answer through its own types, which loses the times inside a pod's info. */
function withoutInstants(type: Type, value: Json | undefined): Json {
  if (type === 'instant') return ZERO_TIME;
  if (typeof type === 'string' || value === undefined || value === null) return value ?? null;
  if ('list' in type) return array(value).map((item) => withoutInstants(type.list, item));
  if (!isObject(value)) return value;
  if ('map' in type) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, withoutInstants(type.map, item)]),
    );
  }
  const fields = STRUCTS['struct' in type ? type.struct : type.pointer] ?? [];
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const field = fields.find((candidate) => candidate.json === key);
      return [key, field === undefined ? item : withoutInstants(field.type, item)];
    }),
  );
}

/** One line of JSON. */
export function printJson(kind: string, value: JsonObject): string {
  const type = { struct: kind };
  return `${JSON.stringify(withoutInstants(type, canonical(type, { ...value, kind, apiVersion: 'v1beta1' })))}\n`;
}

/** The internal object as kubecfg's YAML library sees it: neither kind nor version, lists never null. */
function yamlValue(type: Type, value: Json | undefined, top: boolean): Json {
  if (type === 'instant') return {};
  if (type === 'time') return typeof value === 'string' ? value : 'null';
  if (typeof type === 'string') return value ?? null;
  if ('list' in type) return array(value).map((item) => yamlValue(type.list, item, true));
  if ('map' in type) {
    return Object.fromEntries(
      Object.entries(object(value)).map(([key, item]) => [key, yamlValue(type.map, item, false)]),
    );
  }
  if ('pointer' in type && !isObject(value)) return null;
  const source = object(value);
  const result: JsonObject = {};
  const kind = 'struct' in type ? type.struct : type.pointer;
  for (const { go, json, type: inner, omitEmpty } of STRUCTS[kind] ?? []) {
    if (go === '' || (top && (go === 'Kind' || go === 'APIVersion'))) continue;
    const item = source[json];
    const emptyList = kind === 'PodList' && go === 'Items' && isEmpty(inner, item);
    if ((omitEmpty && isEmpty(inner, item) && !isStruct(inner)) || emptyList) continue;
    result[json] = go === 'ResourceVersion' ? String(item) : yamlValue(inner, item, false);
  }
  return result;
}

const isStruct = (type: Type) => typeof type === 'object' && 'struct' in type;

/** Strings that YAML would read as something else: kubecfg's library puts them in double quotes, all others in single. */
const AMBIGUOUS = /^(|~|null|true|false|yes|no|on|off|y|n|[-+]?(\d[\d_]*(\.\d*)?|\.\d+)(e[-+]?\d+)?)$/i;

/** YAML in the order of the Go fields. */
export function printYaml(kind: string, value: JsonObject): string {
  const type = { struct: kind };
  const document = new Document(yamlValue(type, canonical(type, value), true), {
    version: '1.1',
    aliasDuplicateObjects: false,
    // times stand plain
    customTags: (tags) =>
      tags.filter((tag) => typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:timestamp'),
  });
  visit(document, {
    Scalar(_, scalar) {
      if (typeof scalar.value === 'string' && AMBIGUOUS.test(scalar.value)) scalar.type = 'QUOTE_DOUBLE';
    },
  });
  return document.toString({ indentSeq: false, lineWidth: 0, singleQuote: true });
}
