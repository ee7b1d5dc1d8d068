/**
 * Owns the saved world: making a fresh one, reading it back, and writing it so that neither a crash nor a
 * second process can leave half a file. The state inside belongs to cloud/, hosts/ and registry/.
 */
import { randomInt } from 'node:crypto';
import { mkdir, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import type { World } from './contract.ts';

/** Eight simulated seconds in a real one: a launch of some two and a half simulated minutes takes 15 to 20 s. */
export const DEFAULT_SPEED = 8;

export interface NewWorld {
  /** Same seed, same ids and addresses. Default: random. */
  readonly seed?: number;
  readonly speed?: number;
}

/** An empty account: regions (with their default VPC) appear when they are first asked for. */
export function createWorld(options: NewWorld = {}): World {
  const seed = options.seed ?? randomInt(1, 2 ** 31);
  return {
    version: 1,
    speed: options.speed ?? DEFAULT_SPEED,
    seed,
    counter: 0,
    account: String(100_000_000_000 + ((seed * 7_919) % 900_000_000_000)),
    regions: {},
    discovery: {},
    etcd: {},
    faults: [],
  };
}

export interface LoadedWorld {
  /** null when there is none (yet, or any more). */
  readonly world: World | null;
  /** For the log and the person: a file that could not be used, and where it was put. */
  readonly notice: string | null;
}

/** Reads a saved world. A damaged file or one of another version is moved aside, never overwritten and never fatal. */
export async function loadWorld(file: string, now: number): Promise<LoadedWorld> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return { world: null, notice: null };
    return { world: null, notice: await moveAside(file, now, `it cannot be read (${message(error)})`) };
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { world: null, notice: await moveAside(file, now, `it is damaged (${message(error)})`) };
  }
  const why = unusable(value);
  if (why !== null) return { world: null, notice: await moveAside(file, now, why) };
  return { world: value as World, notice: null };
}

function unusable(value: unknown): string | null {
  const isObject = (part: unknown): boolean =>
    typeof part === 'object' && part !== null && !Array.isArray(part);
  if (!isObject(value)) return 'it holds no world';
  const world = value as Record<string, unknown>;
  if (world.version !== 1) return `it has version ${String(world.version)}, this kubecore reads version 1`;
  if (![world.regions, world.discovery, world.etcd].every(isObject) || !Array.isArray(world.faults))
    return 'it lacks a part';
  if (
    typeof world.account !== 'string' ||
    typeof world.seed !== 'number' ||
    typeof world.counter !== 'number'
  )
    return 'it lacks a part';
  if (typeof world.speed !== 'number' || !(world.speed > 0)) return 'its speed is no positive number';
  return null;
}

async function moveAside(file: string, now: number, why: string): Promise<string> {
  const aside = `${file}.unusable-${now}`;
  try {
    await rename(file, aside);
    return `the saved sandbox was not used because ${why}; it was moved to ${aside} and a fresh one started`;
  } catch (error) {
    return `the saved sandbox was not used because ${why}; a fresh one started (moving it aside failed: ${message(error)})`;
  }
}

export interface SaverOptions {
  readonly file: string;
  readonly world: () => World;
  /** False once another process owns the state directory: then nothing is written any more. */
  readonly mayWrite?: () => boolean;
  /** A failed save (full disk, …) is told once a streak. */
  readonly onError?: (error: unknown) => void;
  /** Least real time between two saves, ms. */
  readonly pauseMs?: number;
}

export interface Saver {
  /** Something in the world changed: it is saved soon. */
  changed(): void;
  /** Saves now what has not been saved; resolves when it is on disk. */
  flush(): Promise<void>;
}

/** Saves a changing world now and then: never two writes at once, and at most a hundredth of the time spent on it. */
export function worldSaver(options: SaverOptions): Saver {
  const pauseMs = options.pauseMs ?? 1_000;
  let dirty = false;
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> = Promise.resolve();
  let lastCost = 0;
  let failing = false;

  const write = async (): Promise<void> => {
    if (!dirty || options.mayWrite?.() === false) return;
    dirty = false;
    const begun = performance.now();
    try {
      const text = JSON.stringify(options.world());
      lastCost = performance.now() - begun;
      await mkdir(path.dirname(options.file), { recursive: true, mode: 0o700 });
      // No fsync: after a power cut the rename gives the old file or the new one, and a sandbox can lose a second.
      await writeFileAtomic(options.file, text, { mode: 0o600, fsync: false });
      failing = false;
    } catch (error) {
      dirty = true;
      if (!failing) options.onError?.(error);
      failing = true;
    }
  };
  const enqueue = (): Promise<void> => {
    writing = writing.then(write);
    return writing;
  };

  return {
    changed() {
      dirty = true;
      timer ??= setTimeout(
        () => {
          timer = null;
          void enqueue();
        },
        Math.max(pauseMs, lastCost * 100),
      ).unref();
    },
    async flush() {
      if (timer) clearTimeout(timer);
      timer = null;
      await enqueue();
    },
  };
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && (error as NodeJS.ErrnoException).code === code;
const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));
