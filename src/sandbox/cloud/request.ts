/** Owns what an action of the simulated AWS is given, and what it is. */
import type { World } from '../contract.ts';
import type { Params } from './params.ts';
import type { CloudRegion } from './state.ts';
import type { XmlObject } from './xml.ts';

export interface AwsCall {
  readonly world: World;
  readonly region: CloudRegion;
  readonly params: Params;
  /** Real epoch ms. */
  readonly now: number;
  readonly requestId: string;
  readonly accessKeyId: string;
}

/** Answers with the result's fields; refuses by throwing an AwsError. May change the world. */
export type Action = (call: AwsCall) => XmlObject | Promise<XmlObject>;

export type Actions = Readonly<Record<string, Action>>;
