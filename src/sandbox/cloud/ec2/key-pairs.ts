/**
 * Owns EC2 key pairs: made for real (the hosts let them in), with EC2's fingerprints: SHA-1 of the private key's PKCS#8 DER for
 * RSA made here, MD5 of the public key's DER for RSA brought along, SHA-256 in base64 for ed25519.
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import ssh2 from 'ssh2';
import { AwsError, missingParameter } from '../aws-error.ts';
import { awsId } from '../ids.ts';
import type { Actions, AwsCall } from '../request.ts';
import type { KeyPairState } from '../state.ts';
import { iso, set, tagSet, type XmlObject } from '../xml.ts';
import { applyFilters, tagsFor, tagValues } from './filters.ts';
import { makeEd25519 } from './openssh-key.ts';

const coloned = (hex: string): string => hex.replace(/(..)(?=.)/g, '$1:');

/** SHA-1 of the private key as PKCS#8 DER, from its PEM. */
export const createdRsaFingerprint = (pem: string): string =>
  coloned(
    createHash('sha1')
      .update(createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' }))
      .digest('hex'),
  );

/** MD5 of the public key as SubjectPublicKeyInfo DER, from its PEM. */
export const importedRsaFingerprint = (publicPem: string): string =>
  coloned(
    createHash('md5')
      .update(createPublicKey(publicPem).export({ type: 'spki', format: 'der' }))
      .digest('hex'),
  );

export const ed25519Fingerprint = (sshBlob: Buffer): string =>
  createHash('sha256').update(sshBlob).digest('base64');

interface MadeKey {
  readonly material: string;
  readonly publicKey: string;
  readonly fingerprint: string;
}

async function makeKey(type: 'rsa' | 'ed25519', comment: string): Promise<MadeKey> {
  if (type === 'rsa') {
    const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
    const material = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString().trim();
    return {
      material,
      publicKey: `ssh-rsa ${blobOf(material).toString('base64')} ${comment}`,
      fingerprint: createdRsaFingerprint(material),
    };
  }
  // EC2 gives ed25519 keys in OpenSSH's own format.
  const { privateKey, publicKey, blob } = makeEd25519(comment);
  return { material: privateKey.trim(), publicKey, fingerprint: ed25519Fingerprint(blob) };
}

function blobOf(key: string): Buffer {
  const parsed = ssh2.utils.parseKey(key);
  if (parsed instanceof Error) throw parsed;
  return parsed.getPublicSSH();
}

function newName({ params, region }: AwsCall): string {
  const name = params.text('KeyName');
  if (!name) throw missingParameter('KeyName');
  if (name.length > 255 || /[^\x20-\x7e]/.test(name) || name !== name.trim())
    throw new AwsError('InvalidParameterValue', `Value (${name}) for parameter KeyName is invalid. `);
  if (region.keyPairs[name]) throw new AwsError('InvalidKeyPair.Duplicate', `The keypair already exists`);
  return name;
}

const summary = (pair: KeyPairState): XmlObject => ({
  keyName: pair.name,
  keyFingerprint: pair.fingerprint,
  keyPairId: pair.id,
  tagSet: tagSet(pair.tags),
});

export const keyPairActions: Actions = {
  DescribeKeyPairs: ({ params, region }) => {
    const all = Object.values(region.keyPairs);
    const names = params.texts('KeyName');
    const ids = params.texts('KeyPairId');
    for (const name of names)
      if (!region.keyPairs[name])
        throw new AwsError('InvalidKeyPair.NotFound', `The key pair '${name}' does not exist`);
    for (const id of ids)
      if (!all.some((pair) => pair.id === id))
        throw new AwsError('InvalidKeyPair.NotFound', `The key pair ID '${id}' does not exist`);
    const chosen = all.filter(
      (pair) =>
        (names.length === 0 && ids.length === 0) || names.includes(pair.name) || ids.includes(pair.id),
    );
    const pairs = applyFilters(chosen, params, (pair, name) => {
      if (name === 'key-name') return [pair.name];
      if (name === 'key-pair-id') return [pair.id];
      if (name === 'fingerprint') return [pair.fingerprint];
      return tagValues(pair.tags, name);
    });
    const withPublicKey = params.flag('IncludePublicKey');
    return {
      keySet: set(
        pairs.map((pair) => ({
          ...summary(pair),
          keyType: pair.type,
          createTime: iso(pair.createdAt),
          publicKey: withPublicKey ? pair.publicKey : undefined,
        })),
      ),
    };
  },

  CreateKeyPair: async (call) => {
    const { params, world, region, now } = call;
    const name = newName(call);
    const type = params.text('KeyType') ?? 'rsa';
    if (type !== 'rsa' && type !== 'ed25519')
      throw new AwsError('InvalidParameterValue', `Value ${type} for parameter KeyType is invalid.`);
    if ((params.text('KeyFormat') ?? 'pem') !== 'pem')
      throw new AwsError('InvalidParameterValue', 'The sandbox makes keys in the format pem only.');
    const tags = tagsFor(params, 'key-pair');
    const made = await makeKey(type, name);
    // Another request may have taken the name while the key was made.
    newName(call);
    const pair: KeyPairState = {
      id: awsId(world, 'key'),
      name,
      type,
      fingerprint: made.fingerprint,
      publicKey: made.publicKey,
      createdAt: now,
      tags,
    };
    region.keyPairs[name] = pair;
    return { ...summary(pair), keyMaterial: made.material };
  },

  ImportKeyPair: (call) => {
    const { params, world, region, now } = call;
    const name = newName(call);
    const text = Buffer.from(params.text('PublicKeyMaterial') ?? '', 'base64')
      .toString('utf8')
      .trim();
    const parsed = ssh2.utils.parseKey(text);
    if (parsed instanceof Error || parsed.isPrivateKey() || !/^ssh-(rsa|ed25519)$/.test(parsed.type))
      throw new AwsError('InvalidKey.Format', 'Key is not in valid OpenSSH public key format');
    const type = parsed.type === 'ssh-rsa' ? 'rsa' : 'ed25519';
    const pair: KeyPairState = {
      id: awsId(world, 'key'),
      name,
      type,
      fingerprint:
        type === 'rsa'
          ? importedRsaFingerprint(parsed.getPublicPEM())
          : ed25519Fingerprint(parsed.getPublicSSH()),
      publicKey: `${parsed.type} ${parsed.getPublicSSH().toString('base64')} ${name}`,
      createdAt: now,
      tags: tagsFor(params, 'key-pair'),
    };
    region.keyPairs[name] = pair;
    return summary(pair);
  },

  DeleteKeyPair: ({ params, region }) => {
    const name = params.text('KeyName');
    const id = params.text('KeyPairId');
    if (!name && !id) throw missingParameter('KeyName');
    const pair = Object.values(region.keyPairs).find((one) => one.name === name || one.id === id);
    // EC2 does not mind when there is none.
    if (pair) delete region.keyPairs[pair.name];
    return { return: true, keyPairId: pair?.id };
  },
};
