/** Owns the control API's shapes: what the sandbox process and its clients say to each other over the socket. */

export interface SandboxInfo {
  readonly pid: number;
  /** Of kubecore; another one asks this process to end. */
  readonly version: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Simulated seconds in a real one. */
  readonly speed: number;
  readonly foreground: boolean;
  /** AWS: what AWS_ENDPOINT_URL is set to. */
  readonly endpoint: string;
  /** Base URL of the etcd discovery service: `DISCOVERY/new?size=N`. */
  readonly discovery: string;
  readonly callerAddressUrl: string;
  /** Any will do; these are the ones to show. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly stacks: readonly { readonly region: string; readonly name: string; readonly status: string }[];
  /** Something that happened at the start and should be told: a saved world that could not be used. */
  readonly notice: string | null;
}

export type AddressMap = Readonly<Record<string, { readonly host: string; readonly port: number }>>;

export interface KnownFault {
  readonly name: string;
  /** What its target means, `-` when it takes none. */
  readonly target: string;
  readonly what: string;
}

export interface ActiveFault {
  readonly name: string;
  readonly target: string | null;
  /** ISO 8601, null: until it has struck or is taken back. */
  readonly until: string | null;
  readonly times: number | null;
}

export interface Faults {
  readonly known: readonly KnownFault[];
  readonly active: readonly ActiveFault[];
}

export interface ControlError {
  readonly error: { readonly code: string; readonly message: string };
}
