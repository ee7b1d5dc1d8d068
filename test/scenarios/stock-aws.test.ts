/**
 * The article's own command lines, typed to the stock `aws`, `jq` and `curl`, with the environment that `kubecore sandbox`
 * prints. Only the two addresses are the sandbox's: who I am, and the discovery service.
 */
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FastSandbox, fastSandbox } from '../helpers/fast-sandbox.ts';
import { runKubecore } from '../helpers/run.ts';
import { describeWithPeer } from '../render/peers.ts';

/** As the article writes them, section by section. */
const ARTICLE = {
  'the list of key pairs': `aws ec2 describe-key-pairs|jq '.KeyPairs|.[].KeyName'`,
  'a key pair': `aws ec2 create-key-pair --key-name coreos \\
    | jq -r .KeyMaterial \\
    | tee coreos.pem
chmod 400 coreos.pem`,
  'a security group': `aws ec2 create-security-group \\
    --group-name coreos \\
    --description "CoreOS Security Group"`,
  'SSH from here': `aws ec2 authorize-security-group-ingress \\
    --group-name coreos \\
    --protocol tcp \\
    --port 22 \\
    --cidr $(curl -s $AWS_ENDPOINT_URL/checkip)/32`,
  'one instance': `aws ec2 run-instances \\
    --image-id ami-66e6680e \\
    --instance-type m3.medium \\
    --key-name coreos \\
    --security-groups coreos \\
    --user-data file://cloud-config.yml \\
    | jq -r .ReservationId`,
  'a look': 'aws ec2 describe-instances',
  'traffic among them': `aws ec2 authorize-security-group-ingress \\
    --group-name coreos \\
    --source-group coreos \\
    --protocol tcp \\
    --port 0-65535`,
  'three with fleet': `aws ec2 run-instances \\
    --count 3 \\
    --image-id ami-66e6680e \\
    --instance-type m3.medium \\
    --key-name coreos \\
    --security-groups coreos \\
    --user-data file://cloud-config-with-fleet.yml \\
    | jq -r .ReservationId`,
  'the stack': `aws cloudformation create-stack \\
    --stack-name kubernetes \\
    --template-body file://kubernetes.json \\
    --parameters \\
        ParameterKey=DiscoveryURL,ParameterValue="$(curl -s $AWS_ENDPOINT_URL/discovery/new)" \\
        ParameterKey=KeyPair,ParameterValue=coreos`,
} as const;

describeWithPeer('aws', () => {
  describeWithPeer('jq', () => {
    describeWithPeer('curl', stories);
  });
}, ['--version']);

function stories(): void {
  let home: FastSandbox;
  let folder: string;

  beforeAll(async () => {
    home = await fastSandbox();
    folder = await mkdtemp(path.join(tmpdir(), 'kubecore-aws-'));
    await writeFile(
      path.join(folder, 'cloud-config.yml'),
      '#cloud-config\n\ncoreos:\n  update:\n    reboot-strategy: off\n',
    );
    const fleet = await runKubecore(
      [
        'render',
        'cloud-config',
        '--blueprint',
        'fleet',
        '--discovery-url',
        `${home.exports.AWS_ENDPOINT_URL}/discovery/x`,
      ],
      { env: home.env },
    );
    await writeFile(path.join(folder, 'cloud-config-with-fleet.yml'), fleet.stdout);
    await copyFile(
      new URL('../fixtures/sandbox/kubernetes.json', import.meta.url),
      path.join(folder, 'kubernetes.json'),
    );
  });
  afterAll(async () => {
    await home.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  /** Types a command line into a shell with what the sandbox printed. */
  const type = async (line: string): Promise<string> => {
    const ran = await execa('bash', ['--norc', '--noprofile', '-euo', 'pipefail', '-c', line], {
      cwd: folder,
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
      env: {
        PATH: process.env.PATH ?? '',
        HOME: home.home,
        // A version manager's shim finds its interpreter by these.
        ...Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('PYENV'))),
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_PAGER: '',
        ...home.exports,
      },
    });
    expect(ran, line).toMatchObject({ exitCode: 0 });
    return String(ran.stdout);
  };

  it('key pair, security group and instances', { timeout: 180_000 }, async () => {
    expect(await type(ARTICLE['the list of key pairs'])).toBe('');
    expect(await type(ARTICLE['a key pair'])).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/);
    expect(await type(ARTICLE['the list of key pairs'])).toBe('"coreos"');
    expect(JSON.parse(await type(ARTICLE['a security group'])).GroupId).toMatch(/^sg-[0-9a-f]{17}$/);
    await type(ARTICLE['SSH from here']);
    expect(await type(ARTICLE['one instance'])).toMatch(/^r-[0-9a-f]{17}$/);
    const { Reservations } = JSON.parse(await type(ARTICLE['a look']));
    expect(Reservations).toMatchObject([
      {
        Instances: [
          { ImageId: 'ami-66e6680e', KeyName: 'coreos', SecurityGroups: [{ GroupName: 'coreos' }] },
        ],
      },
    ]);
    await type(ARTICLE['traffic among them']);
    expect(await type(ARTICLE['three with fleet'])).toMatch(/^r-[0-9a-f]{17}$/);
    const states = `${ARTICLE['a look']} | jq -r '.Reservations[].Instances[].PublicDnsName' | grep -c amazonaws`;
    expect(await type(states)).toBe('4');
    // The key that was made opens the sandbox's hosts: kubecore itself finds it by its fingerprint.
    expect(
      (await runKubecore(['keys', 'list', '--sandbox', '-o', 'json'], { env: home.env, cwd: folder })).stdout,
    ).toContain('"coreos"');
  });

  it('the stack, and what became of it', { timeout: 180_000 }, async () => {
    const { StackId } = JSON.parse(await type(ARTICLE['the stack']));
    expect(StackId).toMatch(/^arn:aws:cloudformation:us-east-1:\d{12}:stack\/kubernetes\//);
    const status = `aws cloudformation describe-stacks --stack-name kubernetes | jq -r '.Stacks[0].StackStatus'`;
    const ended = await type(
      `while s=$(${status}); [ "$s" = CREATE_IN_PROGRESS ]; do sleep 1; done; echo "$s"`,
    );
    expect(ended).toBe('CREATE_COMPLETE');
    const events = await type(
      `aws cloudformation describe-stack-events --stack-name kubernetes | jq -r '.StackEvents[]|[.LogicalResourceId,.ResourceStatus]|join(" ")'`,
    );
    expect(events.split('\n').at(-1)).toBe('kubernetes CREATE_IN_PROGRESS');
    expect(events).toMatch(/^kubernetes CREATE_COMPLETE\n.*MinionAutoScale CREATE_COMPLETE/s);
  });
}
