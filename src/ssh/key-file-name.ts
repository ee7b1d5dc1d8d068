/** Owns the name of a key pair's private key file; apart from key-file.ts, so that a screen can show it without loading ssh2. */

/**
 * The file name for a key pair's private key: the name, with what could leave the directory or hide the file taken out.
 */
export function keyFileName(name: string): string {
  const safe = name.replace(/[^A-Za-z0-9._@+-]+/g, '_').replace(/^[.-]+/, '_');
  return `${safe === '' ? '_' : safe.slice(0, 200)}.pem`;
}
