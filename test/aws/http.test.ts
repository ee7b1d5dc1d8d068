/** What is asked by plain HTTP: the caller's address and etcd discovery. */
import { describe, expect, it } from 'vitest';
import { createCloud } from '../../src/aws/cloud.ts';
import { KubecoreError } from '../../src/cluster/errors.ts';
import { awsServer, instantClock } from './aws-server.ts';

const cloud = (callerAddressUrl = 'http://127.0.0.1:9/') =>
  createCloud({ region: 'us-east-1', callerAddressUrl, clock: instantClock, random: () => 0.5 });

const failing = async (act: Promise<unknown>): Promise<KubecoreError> => {
  const error = await act.catch((thrown: unknown) => thrown);
  if (error instanceof KubecoreError) return error;
  throw new Error(`no KubecoreError but ${String(error)}`);
};

/** As etcd 0.4 answers for a token's directory. */
const directory = (members: number): string =>
  JSON.stringify({
    action: 'get',
    node: {
      key: '/_etcd/registry/abc',
      dir: true,
      ...(members === 0
        ? {}
        : {
            nodes: Array.from({ length: members }, (_, n) => ({
              key: `/_etcd/registry/abc/${n}`,
              value: `http://172.31.${n >> 8}.${n & 255}:7001`,
              modifiedIndex: 100 + n,
              createdIndex: 100 + n,
            })),
          }),
      modifiedIndex: 99,
      createdIndex: 99,
    },
  });

const NOT_FOUND = {
  status: 404,
  body: '{"errorCode":100,"message":"Key not found","cause":"/_etcd/registry/abc","index":5}\n',
};

describe('callerAddress', () => {
  it('gives the address without its newline', async () => {
    await using server = await awsServer({ '/': () => ({ body: '198.51.100.7\n' }) });
    expect(await cloud(`${server.url}/`).callerAddress()).toBe('198.51.100.7');
  });

  it.each([
    ['2001:db8::1\n', 200, '2001:db8::1'],
    ['<html>\u001b[31msign in</html>', 200, '<html>\\x1b[31msign in</html>'],
    ['', 403, 'answered 403'],
  ])('refuses %j (%i)', async (body, status, why) => {
    await using server = await awsServer({ '/': () => ({ body, status }) });
    const error = await failing(cloud(`${server.url}/`).callerAddress());
    expect(error.fault).toBe('network');
    expect(error.why).toContain(why);
    expect(error.next).toContain('--allow-ssh-from');
  });

  it('tries again after a failure of the service, and says when it stays', async () => {
    await using server = await awsServer({
      '/': (_query, nth) => (nth < 3 ? { status: 503, body: '' } : { body: '198.51.100.7' }),
      '/down': () => ({ status: 503, body: '' }),
    });
    expect(await cloud(`${server.url}/`).callerAddress()).toBe('198.51.100.7');
    const error = await failing(cloud(`${server.url}/down`).callerAddress());
    expect(error.why).toContain('answered 503');
  });

  it('ends when aborted', async () => {
    await using server = await awsServer({});
    server.hang = true;
    const controller = new AbortController();
    const asking = failing(cloud(`${server.url}/`).callerAddress(controller.signal));
    setImmediate(() => controller.abort());
    expect(await asking).toMatchObject({ fault: 'interrupted' });
  });
});

describe('newDiscoveryUrl', () => {
  it('asks for the size and gives the URL trimmed', async () => {
    await using server = await awsServer({
      '/new?size=3': () => ({ body: 'https://discovery.etcd.io/abc\n' }),
    });
    expect(await cloud().newDiscoveryUrl(`${server.url}/`, 3)).toBe('https://discovery.etcd.io/abc');
  });

  it('refuses what is no URL, a service that fails, and one that is not there', async () => {
    await using server = await awsServer({
      '/new?size=3': () => ({ body: 'etcd discovery is no more' }),
      '/old/new?size=3': () => ({ status: 503, body: '' }),
      '/gone/new?size=3': () => ({ status: 404, body: '' }),
    });
    expect((await failing(cloud().newDiscoveryUrl(server.url, 3))).why).toContain(
      'which is no discovery URL',
    );
    expect((await failing(cloud().newDiscoveryUrl(`${server.url}/old`, 3))).why).toContain('answered 503');
    expect((await failing(cloud().newDiscoveryUrl(`${server.url}/gone`, 3))).why).toContain('answered 404');
    const nobody = await failing(cloud().newDiscoveryUrl('http://127.0.0.1:9', 3));
    expect(nobody).toMatchObject({ fault: 'network', what: 'no discovery token was made' });
    expect(nobody.next).toContain('--discovery-url');
    expect(await failing(cloud().newDiscoveryUrl('ftp://x', 3))).toMatchObject({
      fault: 'input',
      exitCode: 2,
    });
  });
});

describe('discovery', () => {
  it.each([
    [
      0,
      '{"action":"get","node":{"key":"/_etcd/registry/abc/_config/size","value":"3"}}',
      { members: 0, size: 3 },
    ],
    [
      2,
      '{"action":"get","node":{"key":"/_etcd/registry/abc/_config/size","value":"3"}}',
      { members: 2, size: 3 },
    ],
    [257, null, { members: 257, size: null }],
  ])('counts %i members', async (members, size, expected) => {
    await using server = await awsServer({
      '/abc': () => ({ body: directory(members) }),
      '/abc/_config/size': () => (size === null ? NOT_FOUND : { body: size }),
    });
    const found = await cloud().discovery(`${server.url}/abc`);
    expect(found).toMatchObject(expected);
    expect(found.addresses).toHaveLength(members);
  });

  it('says when a token is not known, when it is no discovery, and when nobody answers', async () => {
    await using server = await awsServer({
      '/abc': () => NOT_FOUND,
      '/abc/_config/size': () => NOT_FOUND,
      '/web': () => ({ body: '<html></html>' }),
      '/web/_config/size': () => ({ body: '<html></html>' }),
      '/key': () => ({ body: '{"node":{"key":"/key","value":"1"}}' }),
      '/key/_config/size': () => NOT_FOUND,
    });
    const unknown = await failing(cloud().discovery(`${server.url}/abc`));
    expect(unknown).toMatchObject({ fault: 'input', code: 'DiscoveryTokenUnknown' });
    for (const path of ['web', 'key'])
      expect(await failing(cloud().discovery(`${server.url}/${path}`))).toMatchObject({
        fault: 'input',
        code: 'NotDiscovery',
      });
    expect(await failing(cloud().discovery('http://127.0.0.1:9/abc'))).toMatchObject({ fault: 'network' });
    expect(await failing(cloud().discovery('not a url'))).toMatchObject({ fault: 'input' });
  });
});
