/** Owns EC2 key pairs: list, create, import. */
import {
  CreateKeyPairCommand,
  DeleteKeyPairCommand,
  DescribeKeyPairsCommand,
  type EC2Client,
  ImportKeyPairCommand,
} from '@aws-sdk/client-ec2';
import type { CreatedKeyPair, KeyPair } from '../cluster/ports.ts';
import { call } from './call.ts';
import type { Asked } from './error-meanings.ts';

/** All key pairs of the region, by name. */
export async function keyPairs(
  client: EC2Client,
  asked: Asked,
  signal: AbortSignal | undefined,
): Promise<readonly KeyPair[]> {
  const answer = await call(
    { what: `the key pairs of ${asked.region} were not listed`, action: 'ec2:DescribeKeyPairs' },
    asked,
    signal,
    (options) => client.send(new DescribeKeyPairsCommand({ IncludePublicKey: true }), options),
  );
  return (answer.KeyPairs ?? [])
    .map((pair) => ({
      name: pair.KeyName ?? '',
      id: pair.KeyPairId ?? '',
      type: pair.KeyType === 'ed25519' ? ('ed25519' as const) : ('rsa' as const),
      fingerprint: pair.KeyFingerprint ?? '',
      publicKey: pair.PublicKey?.trim() || null,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** RSA as PEM, the article's kind: the sshd of 2014 and EC2's own tools read it. */
export async function createKeyPair(
  client: EC2Client,
  asked: Asked,
  name: string,
  signal: AbortSignal | undefined,
): Promise<CreatedKeyPair> {
  const pair = await call(
    { what: `the key pair "${name}" was not created`, action: 'ec2:CreateKeyPair' },
    asked,
    signal,
    (options) =>
      client.send(new CreateKeyPairCommand({ KeyName: name, KeyType: 'rsa', KeyFormat: 'pem' }), options),
  );
  return {
    name: pair.KeyName ?? name,
    id: pair.KeyPairId ?? '',
    type: 'rsa',
    fingerprint: pair.KeyFingerprint ?? '',
    publicKey: null,
    material: pair.KeyMaterial ?? '',
  };
}

/** EC2 does not mind when there is none of that name. */
export async function deleteKeyPair(
  client: EC2Client,
  asked: Asked,
  name: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  await call(
    { what: `the key pair "${name}" was not deleted`, action: 'ec2:DeleteKeyPair' },
    asked,
    signal,
    (options) => client.send(new DeleteKeyPairCommand({ KeyName: name }), options),
  );
}

/** `publicKey` is one line in OpenSSH form. */
export async function importKeyPair(
  client: EC2Client,
  asked: Asked,
  name: string,
  publicKey: string,
  signal: AbortSignal | undefined,
): Promise<KeyPair> {
  const line = publicKey.trim();
  const pair = await call(
    { what: `the key pair "${name}" was not imported`, action: 'ec2:ImportKeyPair' },
    asked,
    signal,
    (options) =>
      client.send(
        new ImportKeyPairCommand({ KeyName: name, PublicKeyMaterial: new TextEncoder().encode(line) }),
        options,
      ),
  );
  return {
    name: pair.KeyName ?? name,
    id: pair.KeyPairId ?? '',
    type: line.startsWith('ssh-ed25519') ? 'ed25519' : 'rsa',
    fingerprint: pair.KeyFingerprint ?? '',
    publicKey: line,
  };
}
