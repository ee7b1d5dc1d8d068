/**
 * Owns the cluster of the console's figures: an SSH server that answers as the master and, through it, as each of 256 machines
 * would, with 2,560 units and 5,000 pods. A process of its own, so that its work is not counted. Prints its port.
 */
import { createHash, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import ssh2 from 'ssh2';

const MACHINES = 256;
const FLEET_UNITS_EACH = 3;
const NODE_UNITS = [
  'docker.service',
  'etcd.service',
  'fleet.service',
  'flannel.service',
  'kube-kubelet.service',
  'kube-proxy.service',
  'kube-register.service',
];
const PODS = 5000;
/** kubecfg lists in another order each time. */
const ORDERS = 4;

const id = (of) => createHash('md5').update(of).digest('hex');
const ip = (i) => `10.1.${Math.floor(i / 200)}.${(i % 200) + 1}`;
const machines = Array.from({ length: MACHINES }, (_, i) => ({ id: id(`machine ${i}`), ip: ip(i) }));

const shuffled = (list, seed) =>
  list
    .map((one, i) => [id(`${seed} ${i}`), one])
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, one]) => one);

const pod = (i) => {
  const name = `pod-${id(`pod ${i}`).slice(0, 12)}`;
  const containers = [{ name: 'main', image: `registry.example/app-${i % 40}:1.${i % 7}` }];
  return {
    kind: 'Pod',
    id: name,
    labels: { name: `app-${i % 40}`, tier: i % 2 ? 'front' : 'back' },
    desiredState: { manifest: { version: 'v1beta1', id: name, containers }, status: 'Running' },
    currentState: {
      status: 'Running',
      host: ip(1 + (i % (MACHINES - 1))),
      podIP: `172.24.${Math.floor(i / 250)}.${i % 250}`,
      info: {
        main: {
          state: { running: { startedAt: '0001-01-01T00:00:00Z' } },
          restartCount: 0,
          image: containers[0].image,
        },
        net: {
          state: { running: {} },
          podIP: `172.24.${Math.floor(i / 250)}.${i % 250}`,
          image: 'kubernetes/pause',
        },
      },
    },
  };
};
const lists = (kind, items) =>
  Array.from({ length: ORDERS }, (_, seed) => JSON.stringify({ kind, items: shuffled(items, seed) }));

const minionItems = machines
  .slice(1)
  .map((machine) => ({ id: machine.ip, resources: { capacity: { cpu: 1000, memory: 3892043776 } } }));
const answers = {
  'list-machines': machines
    .map((machine, i) => `${machine.id}\t${machine.ip}\trole=${i === 0 ? 'master' : 'minion'}\n`)
    .join(''),
  'fleetctl list-units': machines
    .flatMap((machine, i) =>
      Array.from(
        { length: FLEET_UNITS_EACH },
        (_, n) =>
          `worker-${n}@${i}.service\tloaded\tactive\trunning\t${machine.id}/${machine.ip}\t${id(`hash ${i}`).slice(0, 7)}\n`,
      ),
    )
    .join(''),
  'systemctl list-units': NODE_UNITS.map(
    (name) => `${name.padEnd(24)} loaded active running The ${name} of the cluster\n`,
  ).join(''),
  'list minions': lists('MinionList', minionItems),
  'list pods': lists(
    'PodList',
    Array.from({ length: PODS }, (_, i) => pod(i)),
  ),
  'list services': '{"kind":"ServiceList","items":null}\n',
  'list replicationControllers': '{"kind":"ReplicationControllerList"}\n',
  'cat /etc/machine-id': `${machines[0].id}\n`,
  curl: JSON.stringify({
    action: 'get',
    node: {
      key: '/m',
      dir: true,
      nodes: [{ key: '/m/1', dir: true, nodes: [{ key: '/m/1/object', ttl: 20 }] }],
    },
  }),
};
let asked = 0;
function answerOf(command) {
  for (const [piece, answer] of Object.entries(answers)) {
    if (!command.includes(piece)) continue;
    asked += 1;
    return Array.isArray(answer) ? answer[asked % ORDERS] : answer;
  }
  return '';
}

const publicKey = readFileSync(process.argv[2]);
const hostKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
  type: 'pkcs1',
  format: 'pem',
});
const { utils, Server } = ssh2;
const allowed = utils.parseKey(publicKey);

const server = new Server({ hostKeys: [hostKey] }, (client) => {
  client.on('authentication', (login) => {
    const isOurs = login.method === 'publickey' && login.key.data.equals(allowed.getPublicSSH());
    if (!isOurs) return login.reject(['publickey']);
    if (login.signature && !allowed.verify(login.blob, login.signature, login.hashAlgo))
      return login.reject();
    return login.accept();
  });
  client.on('error', () => undefined);
  client.on('ready', () => {
    // A connection forwarded to a node's sshd ends in this same server.
    client.on('tcpip', (accept) => server.injectSocket(accept()));
    client.on('session', (acceptSession) => {
      const session = acceptSession();
      session.on('exec', (accept, _, { command }) => {
        const channel = accept();
        channel.write(answerOf(command), () => {
          channel.exit(0);
          channel.end();
        });
      });
    });
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
