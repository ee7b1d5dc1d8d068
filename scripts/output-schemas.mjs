/**
 * Owns the JSON Schemas (draft 07) of what commands print with `-o json`: one for each command, in the words of their help.
 * scripts/build.mjs writes them to schema/, the tests hold the commands to them. A command that prints a line for each event has
 * the schema of a line. Nothing is left out of an object: absent values are null, lists never absent.
 */

const text = { type: 'string' };
const integer = { type: 'integer' };
const yes = { type: 'boolean' };
const time = { type: 'string', format: 'date-time' };
const id = { type: 'string', pattern: '^[0-9a-f]{32}$' };
const one = (...words) => ({ enum: words });
const exactly = (value) => ({ const: value });
const list = (items) => ({ type: 'array', items });
const map = (values) => ({ type: 'object', additionalProperties: values });
const orNull = (schema) =>
  schema.enum
    ? { enum: [...schema.enum, null] }
    : typeof schema.type === 'string'
      ? { ...schema, type: [schema.type, 'null'] }
      : { anyOf: [schema, { type: 'null' }] };
/** An object of exactly these; a key that ends in `?` may be left out. */
const object = (properties) => ({
  type: 'object',
  additionalProperties: false,
  required: Object.keys(properties).filter((key) => !key.endsWith('?')),
  properties: Object.fromEntries(
    Object.entries(properties).map(([key, schema]) => [key.replace(/\?$/, ''), schema]),
  ),
});
/** One of these lines, told apart by their type. */
const lines = (types) => ({
  oneOf: Object.entries(types).map(([type, properties]) => object({ type: exactly(type), ...properties })),
});

const role = one('master', 'minion');
const cluster = object({
  name: text,
  region: text,
  recipe: text,
  blueprint: one('single', 'fleet', 'kubernetes'),
  size: integer,
  keyPair: text,
  stackId: orNull(text),
  master: orNull(object({ instanceId: orNull(text), address: text, privateAddress: orNull(text) })),
});
const fault = one('input', 'aws', 'network', 'node', 'cluster', 'interrupted', 'bug');
const explanation = { what: text, why: text, next: text };
const error = object({ ...explanation, fault, code: orNull(text) });
const stackEvent = {
  id: text,
  logicalId: text,
  physicalId: orNull(text),
  type: text,
  status: text,
  reason: orNull(text),
};
const step = one('instances', 'ssh', 'etcd', 'fleet', 'api', 'minions');
const nothingToDo = { 'nothing-to-do': { cluster } };
/** The events of whatever is followed to its end. */
const road = {
  'stack-started': { time, stackId: text, resumed: yes },
  'stack-event': { time, event: object({ ...stackEvent, at: time }) },
  'stack-done': { time, status: text },
  'step-started': { time, step },
  'step-progress': { time, step, detail: text },
  'step-done': { time, step, detail: text },
  throttled: { time, retryAt: integer },
  healthy: { time, cluster },
  failed: {
    time,
    error,
    related: list(object({ ...stackEvent, at: time })),
    consoles: list(object({ instanceId: text, address: orNull(text), lines: list(text) })),
  },
};

const labels = map(text);
const pod = { name: text, images: list(text), host: orNull(text), labels, status: text };
const unitOn = { machineId: orNull(id), ip: orNull(text), load: text, active: text, sub: text };
const unit = {
  name: text,
  desired: text,
  global: yes,
  description: orNull(text),
};
const service = { name: text, labels, selector: labels, port: integer };
const controller = { name: text, images: list(text), selector: labels, replicas: integer };
const minion = {
  name: text,
  cpu: orNull({ type: 'number' }),
  memory: orNull({ type: 'number' }),
  registered: yes,
};
/** What came of each item of a command that does several. */
const outcomes = (fields) =>
  list(
    object({
      name: text,
      done: yes,
      error: orNull(object({ ...explanation, code: orNull(text) })),
      ...Object.fromEntries(Object.entries(fields).map(([key, schema]) => [`${key}?`, schema])),
    }),
  );
const onMachines = list(object(unitOn));

const keyPair = {
  name: text,
  id: text,
  type: one('rsa', 'ed25519'),
  fingerprint: text,
  publicKey: orNull(text),
};

/** By the command's words, joined by a dash. */
const SCHEMAS = {
  status: [
    'kubecore status: one look at a cluster. With --watch a document for each look that differs.',
    object({
      cluster: object({
        name: text,
        region: text,
        recipe: text,
        blueprint: text,
        master: orNull(object({ address: text, machineId: orNull(id) })),
      }),
      health: one('healthy', 'degraded', 'down'),
      asOf: time,
      machines: list(
        object({
          id,
          ip: orNull(text),
          role: orNull(role),
          metadata: labels,
          instanceId: orNull(text),
          instanceType: orNull(text),
          zone: orNull(text),
          state: orNull(text),
        }),
      ),
      units: list(object({ name: text, ...unitOn })),
      minions: list(object(minion)),
      pods: list(object(pod)),
      services: list(object(service)),
      replicationControllers: list(object(controller)),
      problems: list(object(explanation)),
    }),
  ],
  list: [
    'kubecore list: the clusters in the account and region, and those attached.',
    list(object({ ...cluster.properties, status: text, createdAt: time })),
  ],
  up: ['A line of kubecore up. The last has the cluster, or the error.', lines({ ...road, ...nothingToDo })],
  scale: ['A line of kubecore scale.', lines({ ...road, ...nothingToDo })],
  change: [
    'A line of kubecore change.',
    lines({
      ...road,
      ...nothingToDo,
      changed: { time, cluster },
      'change-set': {
        id: text,
        cluster: text,
        effects: list(
          object({
            resource: text,
            type: text,
            fate: one('add', 'modify', 'replace', 'may-replace', 'remove'),
            because: list(text),
            means: orNull(text),
          }),
        ),
        warnings: list(text),
      },
    }),
  ],
  down: [
    'A line of kubecore down. The last is gone, with what is left.',
    lines({
      'delete-started': { time, stackId: text, resumed: yes },
      'stack-event': road['stack-event'],
      throttled: road.throttled,
      'stack-done': { time },
      'instances-left': { time, count: integer },
      held: { time, id: text },
      gone: {
        time,
        instances: integer,
        left: orNull(
          list(object({ kind: one('instance', 'volume', 'security group'), id: text, state: text })),
        ),
        unproven: orNull(text),
      },
    }),
  ],
  events: [
    "kubecore events: the stack's events. With --follow a line for each, as an item of this list.",
    list(object({ time, ...stackEvent })),
  ],
  check: [
    'kubecore check: what a launch needs.',
    object({
      name: text,
      region: text,
      blueprint: text,
      ok: yes,
      checks: list(
        object({
          check: text,
          title: text,
          state: one('ok', 'warning', 'failed', 'unchecked'),
          found: text,
          next: orNull(text),
          flag: orNull(text),
          code: orNull(text),
        }),
      ),
    }),
  ],
  'iam-policy': [
    'kubecore iam-policy: an IAM policy document.',
    object({ Version: exactly('2012-10-17'), Statement: list({ type: 'object' }) }),
  ],
  'render-template': [
    'kubecore render: a CloudFormation template.',
    {
      type: 'object',
      required: ['AWSTemplateFormatVersion', 'Resources'],
      properties: { AWSTemplateFormatVersion: exactly('2010-09-09'), Resources: { type: 'object' } },
    },
  ],
  'render-cloud-config': ['kubecore render cloud-config: what coreos-cloudinit reads.', { type: 'object' }],
  'render-unit': [
    'kubecore render unit.',
    object({ name: text, about: text, role: orNull(role), content: text }),
  ],
  'render-diff': [
    'kubecore render --diff: as diff -u prints it; empty when nothing differs.',
    object({ cluster: text, differs: yes, diff: text }),
  ],
  logs: [
    'A line of kubecore logs.',
    object({
      time,
      machineId: text,
      ip: orNull(text),
      unit: text,
      priority: orNull({ type: 'integer', minimum: 0, maximum: 7 }),
      message: text,
    }),
  ],
  'unit-list': ['kubecore unit list.', list(object({ ...unit, machines: onMachines }))],
  'unit-status': [
    'kubecore unit status.',
    list(object({ ...unit, machines: list(object({ ...unitOn, journal: list(text) })) })),
  ],
  'unit-cat': ['kubecore unit cat.', object({ name: text, content: text })],
  unit: [
    'kubecore unit start, stop, load, unload, destroy, submit: what came of each.',
    outcomes({ verdict: text, machines: onMachines }),
  ],
  'pods-list': [
    'kubecore pods list.',
    list(
      object({
        ...pod,
        podIp: orNull(text),
        'finished?': exactly(true),
        containers: list(object({ name: text, image: text, state: text, restarts: integer })),
      }),
    ),
  ],
  'services-list': ['kubecore services list.', list(object(service))],
  'controllers-list': ['kubecore controllers list.', list(object(controller))],
  'minions-list': ['kubecore minions list.', list(object(minion))],
  'object-get': [
    'kubecore pods, services, controllers or minions get: the object as the API server gives it (v1beta1).',
    { type: 'object', required: ['id'], properties: { id: text } },
  ],
  'object-changes': [
    'kubecore pods, services, controllers or minions create, delete, resize, update: what came of each.',
    outcomes({ id: text, object: { type: 'object' }, replicas: integer, image: text }),
  ],
  'keys-list': ['kubecore keys list.', list(object({ ...keyPair, privateKey: orNull(text) }))],
  'keys-create': ['kubecore keys create.', object({ name: text, privateKey: text })],
  'keys-import': ['kubecore keys import.', object(keyPair)],
  config: [
    'kubecore config: every setting and who gave it.',
    object({
      file: orNull(text),
      settings: list(
        object({
          key: text,
          value: { type: ['string', 'number', 'boolean', 'array', 'null'] },
          from: one('flag', 'environment', 'file', 'default'),
          name: orNull(text),
          file: orNull(text),
          line: orNull(integer),
          column: orNull(integer),
        }),
      ),
      console: object({
        theme: orNull(one('dark', 'light', 'high-contrast', 'none')),
        keys: map(text),
        mouse: yes,
      }),
    }),
  ],
  init: ['kubecore init.', object({ file: text, replaced: yes, settings: { type: 'object' } })],
  doctor: [
    'kubecore doctor.',
    object({
      version: text,
      checks: list(
        object({ check: text, state: one('ok', 'absent', 'bad'), found: text, next: orNull(text) }),
      ),
    }),
  ],
  report: [
    'kubecore report: sections of lines, without secrets.',
    object({ version: text, sections: list(object({ title: text, lines: list(text) })) }),
  ],
  'ssh-config': [
    'kubecore ssh-config: the hosts that it names.',
    list(
      object({
        hosts: list(text),
        machineId: orNull(id),
        address: text,
        port: integer,
        behindMaster: yes,
      }),
    ),
  ],
  tunnel: [
    'kubecore tunnel: the ports that are open, once.',
    object({
      api: object({ url: text, port: integer }),
      fleet: object({ url: text, port: integer, socket: yes }),
      env: map(text),
    }),
  ],
  'sandbox-fault': [
    'kubecore sandbox fault: those there are, or what one does.',
    {
      oneOf: [
        object({ known: list({ type: 'object' }), active: list({}) }),
        object({ name: text, target: orNull(text), message: text }),
        object({ name: text, ended: yes }),
      ],
    },
  ],
  'sandbox-stop': ['kubecore sandbox stop.', object({ stopped: yes })],
  'sandbox-reset': ['kubecore sandbox reset.', object({ reset: yes })],
  stderr: [
    'A line on standard error with -o json or yaml: an error, a note for a person, or what --debug tells.',
    {
      oneOf: [
        object({
          error: object({
            ...error.properties,
            'problems?': list(
              object({
                file: text,
                line: integer,
                column: integer,
                endColumn: integer,
                what: text,
                next: text,
              }),
            ),
          }),
        }),
        object({ note: text }),
        object({ debug: object({ time, area: one('aws', 'ssh'), text }) }),
      ],
    },
  ],
};

/** File name in schema/ → its text. */
export function outputSchemas(version) {
  return Object.fromEntries(
    Object.entries(SCHEMAS).map(([name, [description, schema]]) => [
      `${name}.schema.json`,
      `${JSON.stringify(
        {
          $schema: 'http://json-schema.org/draft-07/schema#',
          $id: `https://unpkg.com/kubecore@${version}/schema/${name}.schema.json`,
          title: `kubecore ${name.replaceAll('-', ' ')}`,
          description,
          ...schema,
        },
        null,
        2,
      )}\n`,
    ]),
  );
}
