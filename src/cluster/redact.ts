/**
 * Owns the removal of secrets from text that is shown to people beyond the one at the terminal: debug logs and reports.
 * What is removed is replaced by a word that says what stood there.
 */

/** A pattern whose groups `before` (and `after`) stay. */
const FORMS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // PEM and OpenSSH private keys, whole or cut off at the end; JSON writes their line ends as \n.
  [
    /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g,
    '[private key removed]',
  ],
  // AWS's key ids: AKIA… of a user, ASIA… of a session (IAM user guide, "Unique identifiers").
  [/\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b/g, '[access key id removed]'],
  // HTTP's own header, as a header, in JSON, or in an object that was printed.
  [
    /(["']?(?:proxy-)?authorization["']?\s*[:=]\s*)(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\r\n"']+)/gi,
    '$1[authorization removed]',
  ],
  [/\bBearer\s+[\w.~+/=-]{8,}/gi, 'Bearer [token removed]'],
  // Signed addresses.
  [/\b(X-Amz-(?:Signature|Security-Token|Credential)=)[^&\s"'<>]+/gi, '$1[removed]'],
  [/(["']?x-amz-security-token["']?\s*[:=]\s*)(?:"[^"]*"|'[^']*'|[^\s,}]+)/gi, '$1[session token removed]'],
  // `aws_secret_access_key = …`, `SecretAccessKey: '…'`, `<SessionToken>…`, `KUBECORE_TOKEN=…`.
  [
    /((?:secret_?access_?key|session_?token|security_?token|passw(?:or)?d|passphrase|client_?secret|key_?material)["']?\s*(?:[:=]|>)\s*)(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s,;}<"']+)/gi,
    '$1[removed]',
  ],
  // User and password of an address.
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]+:)[^\s/@]+(@)/gi, '$1[removed]$2'],
];

/** Variables whose value is a secret by their name. */
const SECRET_NAME =
  /SECRET|TOKEN|PASSW|PASSPHRASE|PRIVATE_KEY|CREDENTIAL|AUTHORIZATION|API_?KEY|ACCESS_KEY_ID/i;

/** Shorter values are words that stand everywhere. */
const MIN_LENGTH = 8;

/** Values of an environment that must not be shown, longest first. A path (a token's file) is none. */
export function secretsOf(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const values = Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && value.length >= MIN_LENGTH && SECRET_NAME.test(name) && !value.startsWith('/')
      ? [value]
      : [],
  );
  return [...new Set(values)].sort((a, b) => b.length - a.length);
}

/** `text` without secrets: those of the environment by their value, all others by their form. */
export function redact(text: string, secrets: readonly string[] = []): string {
  let shown = text;
  for (const secret of secrets) shown = shown.replaceAll(secret, '[secret removed]');
  for (const [pattern, replacement] of FORMS) shown = shown.replace(pattern, replacement);
  return shown;
}
