/** Owns kubecfg's verbs over replication controllers: run, resize, stop, rm and rollingupdate. */
import { array, type JsonObject, object, text } from '../../registry/kube-schema.ts';
import { printYaml } from './print.ts';
import { type ApiClient, RequestError } from './server.ts';

const CONTROLLERS = 'replicationControllers';

/** `8080:80,…` as ports of a container. */
function ports(spec: string): JsonObject[] {
  return spec
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const numbers = part.split(':');
      if (numbers.length < 1 || numbers.length > 2) throw new RequestError(`malformed port spec: ${part}`);
      const [external = '', internal = external] = numbers;
      for (const number of [external, internal]) {
        if (!/^\d+$/.test(number)) {
          throw new RequestError(`strconv.Atoi: parsing ${JSON.stringify(number)}: invalid syntax`);
        }
      }
      return { hostPort: Number(external), containerPort: Number(internal), protocol: 'TCP' };
    });
}

/** Launches a controller of one container, and a service when `servicePort` is positive; what is printed. */
export async function run(
  api: ApiClient,
  image: string,
  name: string,
  replicas: number,
  portSpec: string,
  servicePort: number,
): Promise<string> {
  const labels = { simpleService: name };
  const container = { name: name.toLowerCase(), image, ports: ports(portSpec) };
  const controller = await api.create(CONTROLLERS, {
    id: name,
    desiredState: {
      replicas,
      replicaSelector: labels,
      podTemplate: {
        desiredState: { manifest: { version: 'v1beta2', containers: [container] } },
        labels,
      },
    },
  });
  const printed = printYaml('ReplicationController', controller);
  if (servicePort <= 0) return printed;
  const service = await api.create('services', { id: name, port: servicePort, labels, selector: labels });
  return printed + printYaml('Service', service);
}

/** Sets the number of replicas; prints the controller. */
export async function resize(api: ApiClient, name: string, replicas: number): Promise<string> {
  const controller = await api.get(CONTROLLERS, name);
  const updated = await api.update(CONTROLLERS, name, {
    ...controller,
    desiredState: { ...object(controller.desiredState), replicas },
  });
  return printYaml('ReplicationController', updated);
}

/** Deletes a controller that has no replicas left. */
export async function rm(api: ApiClient, name: string): Promise<void> {
  const controller = await api.get(CONTROLLERS, name);
  const replicas = Number(object(controller.desiredState).replicas ?? 0);
  if (replicas !== 0) {
    throw new RequestError(`controller has non-zero replicas (${replicas}), please stop it first`);
  }
  await api.remove(CONTROLLERS, name);
}

/** Deletes the pods one after another, `periodMs` apart, so that they come back with the new image. */
export async function rollingUpdate(
  api: ApiClient,
  name: string,
  image: string,
  periodMs: number,
): Promise<void> {
  const controller = await api.get(CONTROLLERS, name);
  const desired = structuredClone(object(controller.desiredState));
  if (image !== '') {
    const manifest = object(object(object(desired.podTemplate).desiredState).manifest);
    const first = array(manifest.containers)[0];
    if (first !== undefined) object(first).image = image;
    await api.update(CONTROLLERS, name, { ...controller, desiredState: desired });
  }
  const selector = Object.entries(object(desired.replicaSelector))
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  const pods = array((await api.list('pods', selector)).items).map(object);
  if (pods.length === 0) return;
  for (const pod of pods) {
    await api.remove('pods', text(pod.id));
    await api.pause(periodMs);
  }
  for (let attempt = 0; attempt < 12; attempt++) {
    await api.pause(5_000);
    if (array((await api.list('pods', selector)).items).length === pods.length) return;
  }
  throw new RequestError('timed out waiting for the condition');
}
