/** The stock `aws` command as a peer: what it sends is understood, what it gets it can read. */
import { execFile, execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Lab, openLab, TEMPLATE } from './lab.ts';

/** Why the peer cannot be asked, null when it can. */
function absent(): string | null {
  try {
    execFileSync('aws', ['--version'], { stdio: 'ignore' });
    return null;
  } catch {
    return 'the aws command is not on the PATH';
  }
}

const reason = absent();
if (reason !== null && process.env.KUBECORE_REQUIRE_PEERS === '1') throw new Error(reason);

let lab: Lab;
let home: string;
beforeAll(async () => {
  lab = await openLab();
  home = mkdtempSync(path.join(tmpdir(), 'kc-aws-'));
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
  rmSync(home, { recursive: true, force: true });
});

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const aws = (...args: string[]): Promise<Ran> =>
  new Promise((resolve) => {
    execFile(
      'aws',
      args,
      {
        env: {
          PATH: process.env.PATH,
          HOME: home,
          // A version manager's shim finds its interpreter by these.
          ...Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('PYENV'))),
          AWS_ENDPOINT_URL: lab.endpoint.url,
          AWS_ACCESS_KEY_ID: 'KUBECORESANDBOX',
          AWS_SECRET_ACCESS_KEY: 'sandbox',
          AWS_DEFAULT_REGION: 'us-east-1',
          AWS_MAX_ATTEMPTS: '1',
          AWS_EC2_METADATA_DISABLED: 'true',
          AWS_PAGER: '',
        },
      },
      (error, out, err) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, out, err }),
    );
  });

async function json(...args: string[]): Promise<Record<string, unknown>> {
  const ran = await aws(...args, '--output', 'json');
  expect(ran, args.join(' ')).toMatchObject({ code: 0 });
  return JSON.parse(ran.out);
}

test.skipIf(reason !== null)(
  `key pairs${reason === null ? '' : ` (left out: ${reason})`}`,
  { timeout: 120_000 },
  async () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    const raw = Buffer.from(String(publicKey.export({ format: 'jwk' }).x), 'base64url');
    const field = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
    const line = `ssh-ed25519 ${Buffer.concat([field(Buffer.from('ssh-ed25519')), field(raw)]).toString('base64')} me`;
    writeFileSync(path.join(home, 'key.pub'), line);
    const [made, imported, who] = await Promise.all([
      json('ec2', 'create-key-pair', '--key-name', 'coreos'),
      json(
        'ec2',
        'import-key-pair',
        '--key-name',
        'mine',
        '--public-key-material',
        `fileb://${home}/key.pub`,
      ),
      json('sts', 'get-caller-identity'),
    ]);
    expect(made.KeyMaterial).toMatch(
      /^-----BEGIN RSA PRIVATE KEY-----\n[\s\S]+-----END RSA PRIVATE KEY-----$/,
    );
    expect(imported.KeyFingerprint).toMatch(/^[A-Za-z0-9+/]{43}=$/);
    expect(who.Account).toBe(lab.world.account);
    const { KeyPairs } = await json(
      'ec2',
      'describe-key-pairs',
      '--include-public-key',
      '--key-names',
      'mine',
    );
    expect(KeyPairs).toMatchObject([
      { KeyName: 'mine', PublicKey: line.replace(/me$/, 'mine'), KeyType: 'ed25519' },
    ]);
  },
);

test.skipIf(reason !== null)('a stack from create-stack to its instances', { timeout: 120_000 }, async () => {
  writeFileSync(path.join(home, 'kubernetes.json'), TEMPLATE);
  const create = [
    'cloudformation',
    'create-stack',
    '--stack-name',
    'kubernetes',
    '--template-body',
    `file://${home}/kubernetes.json`,
    '--parameters',
    'ParameterKey=DiscoveryURL,ParameterValue=http://127.0.0.1:1/discovery/x',
    'ParameterKey=KeyPair,ParameterValue=coreos',
  ];
  const { StackId } = await json(...create);
  await lab.until('kubernetes', /CREATE_COMPLETE/);
  const [stacks, events, resources, reservations, groups, again, dry] = await Promise.all([
    json('cloudformation', 'describe-stacks', '--stack-name', 'kubernetes'),
    json('cloudformation', 'describe-stack-events', '--stack-name', 'kubernetes'),
    json('cloudformation', 'describe-stack-resources', '--stack-name', 'kubernetes'),
    json(
      'ec2',
      'describe-instances',
      '--filters',
      'Name=tag:aws:cloudformation:stack-name,Values=kubernetes',
    ),
    json('autoscaling', 'describe-auto-scaling-groups'),
    aws(...create),
    aws(
      'ec2',
      'run-instances',
      '--image-id',
      'ami-66e6680e',
      '--instance-type',
      'm3.medium',
      '--key-name',
      'coreos',
      '--dry-run',
    ),
  ]);
  expect(stacks.Stacks).toMatchObject([{ StackId, StackStatus: 'CREATE_COMPLETE' }]);
  expect(events.StackEvents).toHaveLength(29);
  expect(resources.StackResources).toHaveLength(9);
  expect(reservations.Reservations).toHaveLength(3);
  expect(groups.AutoScalingGroups).toHaveLength(2);
  expect(again.code).not.toBe(0);
  expect(again.err).toContain(
    'An error occurred (AlreadyExistsException) when calling the CreateStack operation: Stack [kubernetes] already exists',
  );
  expect(dry.err).toContain(
    '(DryRunOperation) when calling the RunInstances operation: Request would have succeeded',
  );
});

test.skipIf(reason !== null)("the article's run-instances", { timeout: 120_000 }, async () => {
  writeFileSync(path.join(home, 'user-data'), '#cloud-config\ncoreos: {}\n');
  await json(
    'ec2',
    'create-security-group',
    '--group-name',
    'coreos',
    '--description',
    'CoreOS Security Group',
  );
  const open = ['ec2', 'authorize-security-group-ingress', '--group-name', 'coreos', '--protocol', 'tcp'];
  await json(...open, '--port', '22', '--cidr', '203.0.113.10/32');
  await json(...open, '--port', '0-65535', '--source-group', 'coreos');
  const made = await json(
    'ec2',
    'run-instances',
    '--count',
    '1',
    '--image-id',
    'ami-66e6680e',
    '--instance-type',
    'm3.medium',
    '--key-name',
    'coreos',
    '--security-groups',
    'coreos',
    '--user-data',
    `file://${home}/user-data`,
  );
  const id = (made.Instances as { InstanceId: string }[])[0]?.InstanceId ?? '';
  expect(lab.world.regions['us-east-1']?.instances[id]).toMatchObject({
    userData: '#cloud-config\ncoreos: {}\n',
    publicKey: expect.stringMatching(/^ssh-rsa /),
    state: 'pending',
  });
  const ended = await json('ec2', 'terminate-instances', '--instance-ids', id);
  expect(ended.TerminatingInstances).toMatchObject([{ CurrentState: { Name: 'shutting-down' } }]);
});
