/** Owns the talk with ssh-agent (SSH_AUTH_SOCK): which keys it holds, and signatures by them. */
import ssh2 from 'ssh2';
import { type PublicKey, typeOfBlob } from './keys.ts';

/** Listing keys needs no person, so a longer silence is a broken agent. */
const ANSWER_MS = 3_000;

/** Keys in the agent, in its order. Rejects with a plain Error when it cannot be reached or stays silent for 3 s. */
export function agentKeys(socket: string, answerMs: number = ANSWER_MS): Promise<PublicKey[]> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the ssh-agent did not answer')), answerMs);
    ssh2.createAgent(socket).getIdentities((error, keys) => {
      clearTimeout(timer);
      if (error) return reject(error);
      const found: PublicKey[] = [];
      for (const key of keys ?? []) {
        const parsed = ssh2.utils.parseKey(key as Buffer);
        if (parsed instanceof Error) continue;
        const blob = parsed.getPublicSSH();
        const type = typeOfBlob(blob);
        if (type !== null) found.push({ type, blob, comment: parsed.comment ?? '' });
      }
      resolve(found);
    });
  });
}

/** A signature by one of the agent's keys. No time limit: the agent may be asking its owner. */
export function agentSign(
  socket: string,
  key: PublicKey,
  data: Buffer,
  hash: 'sha1' | 'sha256' | 'sha512' | undefined,
): Promise<Buffer> {
  const parsed = ssh2.utils.parseKey(key.blob);
  if (parsed instanceof Error) return Promise.reject(parsed);
  return new Promise((resolve, reject) => {
    ssh2.createAgent(socket).sign(parsed, data, hash === undefined ? {} : { hash }, (error, signature) => {
      if (error || signature === undefined) reject(error ?? new Error('the ssh-agent gave no signature'));
      else resolve(signature as Buffer);
    });
  });
}
