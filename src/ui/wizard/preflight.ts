/** Owns what the review asks AWS before anything is created, and the making of the plan once Launch is chosen. */
import { asKubecoreError, inputError, KubecoreError } from '../../cluster/errors.ts';
import { newLaunchId } from '../../cluster/instances-plan.ts';
import type { LaunchPlan } from '../../cluster/launch-contract.ts';
import { checkNetwork } from '../../cluster/network.ts';
import { appliesTo, nodeCount, type Parameters } from '../../cluster/parameters.ts';
import type { Cloud } from '../../cluster/ports.ts';
import { planFor } from '../../render/plan.ts';
import { imageFor, renderTemplate } from '../../render/template.ts';
import { failed, known, type Look } from './look.ts';
import type { Preflight } from './review-state.ts';

/** Asks everything at once; each answer is told as it comes. */
export function runPreflight(
  cloud: Cloud,
  parameters: Parameters,
  signal: AbortSignal,
  tell: (what: Partial<Preflight>) => void,
): void {
  const ask = <K extends keyof Preflight>(what: K, work: () => Promise<string>): void => {
    void look(work).then((found) => {
      if (!signal.aborted) tell({ [what]: found });
    });
  };
  ask('sshFrom', () => sshFrom(cloud, parameters, signal));
  ask('image', () => image(cloud, parameters, signal));
  ask('template', () => template(cloud, parameters, signal));
  ask('discovery', () => discovery(cloud, parameters, signal));
}

async function look(work: () => Promise<string>): Promise<Look<string>> {
  try {
    return known(await work());
  } catch (error) {
    return failed(asKubecoreError(error));
  }
}

async function sshFrom(cloud: Cloud, parameters: Parameters, signal: AbortSignal): Promise<string> {
  if (parameters.allowSshFrom !== null) return parameters.allowSshFrom;
  try {
    return `${await cloud.callerAddress(signal)}/32`;
  } catch (error) {
    const { why, fault } = asKubecoreError(error);
    throw new KubecoreError({
      what: "this computer's public address could not be found out",
      why,
      next: 'go back and type the net block under "SSH allowed from"',
      fault,
      cause: error,
    });
  }
}

async function image(cloud: Cloud, parameters: Parameters, signal: AbortSignal): Promise<string> {
  const id = imageFor(parameters, cloud.region);
  let found: Awaited<ReturnType<Cloud['image']>>;
  try {
    found = await cloud.image(id, signal);
  } catch (error) {
    // Not being allowed to look does not mean that it cannot be launched.
    return `${id} (could not be looked at: ${asKubecoreError(error).why})`;
  }
  if (found === null) {
    throw new KubecoreError({
      what: `the image ${id} is not in ${cloud.region}`,
      why:
        parameters.ami === null
          ? "it is the article's, and CoreOS withdrew its images in 2020"
          : 'EC2 does not know it there, or it was withdrawn',
      next: 'go back and type another under "AMI", or use the sandbox: kubecore --sandbox',
      fault: 'input',
    });
  }
  if (found.state !== 'available' || found.virtualization !== 'hvm') {
    throw inputError(
      `the image ${id} cannot be launched`,
      `it is ${found.state}, ${found.virtualization}; it has to be available, hvm`,
      'go back and type another under "AMI"',
    );
  }
  return found.name === '' ? id : `${id} ${found.name}`;
}

async function template(cloud: Cloud, parameters: Parameters, signal: AbortSignal): Promise<string> {
  const { body, resources } = renderTemplate(parameters, cloud.region);
  await Promise.all([checkNetwork(cloud, parameters, signal), cloud.validateTemplate(body, signal)]);
  return `${resources.length} resources, ${body.length.toLocaleString('en-US')} bytes, accepted by CloudFormation`;
}

async function discovery(cloud: Cloud, parameters: Parameters, signal: AbortSignal): Promise<string> {
  const nodes = nodeCount(parameters);
  const url = parameters.discoveryUrl;
  if (url === null) return `new token at launch from ${parameters.discoveryService}`;
  let found: Awaited<ReturnType<Cloud['discovery']>>;
  try {
    found = await cloud.discovery(url, signal);
  } catch (error) {
    return `${url} (could not be looked at: ${asKubecoreError(error).why})`;
  }
  if (found.members > 0) {
    throw inputError(
      'this discovery URL is used up',
      `${found.members} machines of another launch are registered there`,
      'go back and empty "Discovery URL": a new token is made then',
    );
  }
  if (found.size !== null && found.size !== nodes) {
    throw inputError(
      'this discovery URL is for another size',
      `it expects ${found.size} machines, this cluster has ${nodes}`,
      'go back and empty "Discovery URL": a new token of the right size is made then',
    );
  }
  return `${url}, unused`;
}

/**
 * The plan of the launch: the name is asked for once more, a discovery token made when none was given.
 * @throws KubecoreError when the name was taken meanwhile or the discovery service does not answer; nothing is created then
 */
export async function makePlan(
  cloud: Cloud,
  parameters: Parameters,
  allowSshFrom: string,
  version: string,
  signal: AbortSignal,
): Promise<LaunchPlan> {
  const keyPair = parameters.keyPair ?? '';
  const there = await cloud.stack(parameters.name, signal);
  if (there !== null) {
    throw inputError(
      `the name "${parameters.name}" was taken meanwhile`,
      `a stack of that name is there (${there.status})`,
      'go back and choose another name',
    );
  }
  const discoveryUrl = appliesTo('discoveryUrl', parameters.blueprint)
    ? (parameters.discoveryUrl ?? (await newToken(cloud, parameters, signal)))
    : '';
  const launchId = newLaunchId(Math.random);
  return planFor(parameters, {
    region: cloud.region,
    keyPair,
    allowSshFrom,
    discoveryUrl,
    version,
    launchId,
  });
}

async function newToken(cloud: Cloud, parameters: Parameters, signal: AbortSignal): Promise<string> {
  try {
    return await cloud.newDiscoveryUrl(parameters.discoveryService, nodeCount(parameters), signal);
  } catch (error) {
    const { why, fault } = asKubecoreError(error);
    throw new KubecoreError({
      what: `no discovery token could be had from ${parameters.discoveryService}`,
      why,
      next: 'try again, or go back and give another "Discovery service" or a "Discovery URL" of your own etcd',
      fault,
      cause: error,
    });
  }
}
