/** Owns --fault: the sandbox's faults that are in force while one command changes something, and no longer. */
import { inputError } from '../cluster/errors.ts';
import type { Context } from './context.ts';

/** `no-capacity`, `no-capacity=us-east-1a`. */
function readFault(text: string): { name: string; target: string | null } {
  const [name = '', target] = text.split(/=(.*)/s);
  return { name, target: target ?? null };
}

/**
 * Passes the events on, with the faults of --fault in force from the first to the last of them.
 * @throws KubecoreError (input) for a fault that there is not, before the work is begun
 */
export async function* underFaults<T>(context: Context, work: AsyncIterable<T>): AsyncGenerator<T> {
  const faults = context.options.faults.map(readFault);
  if (faults.length === 0) return yield* work;
  if (!context.options.sandbox && context.env.KUBECORE_SANDBOX !== '1')
    throw inputError('--fault cannot be used', 'it makes something go wrong in the sandbox', 'add --sandbox');
  const { connectOrStartSandbox } = await import('./sandbox-process.ts');
  const client = await connectOrStartSandbox(context.host, context.stateDir);
  const begun: string[] = [];
  try {
    for (const fault of faults) {
      context.io.note((await client.fault(fault)).message);
      begun.push(fault.name);
    }
    yield* work;
  } finally {
    for (const name of begun) await client.endFault(name);
  }
}
