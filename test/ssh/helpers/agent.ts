/** Owns an ssh-agent for tests: ssh2's own agent protocol, serving given private keys on a UNIX socket. */
import { createServer, type Socket } from 'node:net';
import ssh2, { type ParsedKey } from 'ssh2';

export async function startAgent(
  privateKeys: readonly string[],
  path: string,
): Promise<{ close(): Promise<void> }> {
  const keys = privateKeys.map((text) => {
    const parsed = ssh2.utils.parseKey(text) as ParsedKey | ParsedKey[] | Error;
    if (parsed instanceof Error) throw parsed;
    return Array.isArray(parsed) ? parsed[0]! : parsed;
  });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    const protocol = new ssh2.AgentProtocol(false);
    protocol.on('error', () => {});
    protocol.on('identities', (request) => protocol.getIdentitiesReply(request, keys));
    protocol.on('sign', (request, publicKey, data, options) => {
      const key = keys.find((candidate) => candidate.getPublicSSH().equals(publicKey.getPublicSSH()));
      if (key === undefined) protocol.failureReply(request);
      else protocol.signReply(request, key.sign(data, options.hash));
    });
    protocol.pipe(socket).pipe(protocol);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
