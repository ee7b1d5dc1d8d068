/** Owns what the apiserver refuses to store, in its own words. */
import { ApiError, kindWord, type Resource } from './kube-kinds.ts';
import { selects } from './kube-labels.ts';
import { array, type Json, type JsonObject, object, text } from './kube-schema.ts';

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const DNS_952 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

function problemsOfManifest(manifest: JsonObject, at: string): string[] {
  const problems: string[] = [];
  const version = text(manifest.version);
  if (version === '') problems.push(`${at}.version: required value ''`);
  else if (!['v1beta1', 'v1beta2'].includes(version.toLowerCase())) {
    problems.push(`${at}.version: unsupported value '${version}'`);
  }
  const names = new Set<string>();
  for (const [index, item] of array(manifest.containers).entries()) {
    const container = object(item);
    const path = `${at}.containers[${index}]`;
    const name = text(container.name);
    if (name === '') problems.push(`${path}.name: required value ''`);
    else if (name.length > 63 || !DNS_LABEL.test(name))
      problems.push(`${path}.name: invalid value '${name}'`);
    else if (names.has(name)) problems.push(`${path}.name: duplicate value '${name}'`);
    names.add(name);
    if (text(container.image) === '') problems.push(`${path}.image: required value ''`);
    for (const [at_, port] of array(container.ports).entries()) {
      const { containerPort, hostPort } = object(port);
      const bad = (value: Json | undefined) => typeof value === 'number' && (value < 0 || value > 65535);
      if (containerPort === undefined || containerPort === 0) {
        problems.push(`${path}.ports[${at_}].containerPort: required value '0'`);
      } else if (bad(containerPort)) {
        problems.push(`${path}.ports[${at_}].containerPort: invalid value '${containerPort}'`);
      }
      if (bad(hostPort)) problems.push(`${path}.ports[${at_}].hostPort: invalid value '${hostPort}'`);
    }
  }
  return problems;
}

function problemsOf(resource: Resource, candidate: JsonObject): string[] {
  const id = text(candidate.id);
  const problems: string[] = [];
  if (id === '') problems.push(`id: required value ''`);
  const desired = object(candidate.desiredState);
  if (resource === 'pods') {
    problems.push(...problemsOfManifest(object(desired.manifest), 'desiredState.manifest'));
  } else if (resource === 'services') {
    if (id !== '' && (id.length > 24 || !DNS_952.test(id))) problems.push(`id: invalid value '${id}'`);
    const port = candidate.port;
    if (typeof port !== 'number' || port < 1 || port > 65535)
      problems.push(`port: invalid value '${port ?? 0}'`);
    if (Object.keys(object(candidate.selector)).length === 0) {
      problems.push(`selector: required value 'map[]'`);
    }
  } else if (resource === 'replicationControllers') {
    const selector = object(desired.replicaSelector);
    if (Object.keys(selector).length === 0)
      problems.push(`desiredState.replicaSelector: required value 'map[]'`);
    const template = object(desired.podTemplate);
    if (Object.keys(selector).length > 0 && !selects(selector, object(template.labels))) {
      problems.push(`desiredState.podTemplate.labels: invalid value '${goMap(object(template.labels))}'`);
    }
    if (typeof desired.replicas === 'number' && desired.replicas < 0) {
      problems.push(`desiredState.replicas: invalid value '${desired.replicas}'`);
    }
    problems.push(
      ...problemsOfManifest(
        object(object(template.desiredState).manifest),
        'desiredState.podTemplate.desiredState.manifest',
      ),
    );
  }
  return problems;
}

const goMap = (map: JsonObject) =>
  `map[${Object.keys(map)
    .sort()
    .map((key) => `${key}:${map[key]}`)
    .join(' ')}]`;

/** Throws ApiError 422 with all that is wrong with an object. */
export function validate(resource: Resource, candidate: JsonObject): void {
  const problems = problemsOf(resource, candidate);
  if (problems.length === 0) return;
  const list = problems.length === 1 ? problems[0] : `[${problems.join(', ')}]`;
  const id = text(candidate.id);
  throw new ApiError(
    422,
    'Invalid',
    `${kindWord(resource)} ${JSON.stringify(id)} is invalid: ${list}`,
    id,
    kindWord(resource),
  );
}
