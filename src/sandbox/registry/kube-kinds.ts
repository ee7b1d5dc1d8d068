/** Owns the four kinds of object that Kubernetes 0.4.4 keeps, and the errors in which its API names them. */

export const KINDS = {
  minions: 'Minion',
  pods: 'Pod',
  replicationControllers: 'ReplicationController',
  services: 'Service',
} as const;
export type Resource = keyof typeof KINDS;

export const isResource = (name: string): name is Resource => Object.hasOwn(KINDS, name);

/** The kind as error messages spell it: `replicationController`. */
export const kindWord = (resource: Resource) => {
  const kind = KINDS[resource];
  return kind.charAt(0).toLowerCase() + kind.slice(1);
};

/** A refusal of the API: HTTP status, reason, and the object it speaks of. */
export class ApiError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly id: string;
  readonly kind: string;
  constructor(code: number, reason: string, message: string, id: string, kind: string) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.id = id;
    this.kind = kind;
  }
}

export const notFound = (resource: Resource, id: string) =>
  resource === 'minions'
    ? new ApiError(404, 'NotFound', 'The requested resource does not exist.', id, 'minion')
    : new ApiError(
        404,
        'NotFound',
        `${kindWord(resource)} ${JSON.stringify(id)} not found`,
        id,
        kindWord(resource),
      );
