/** Owns what a command is run with: its settings, how it speaks, what it tells of itself. */
import type { Command } from 'commander';
import { commandPath } from './command-path.ts';
import type { Context, GlobalOptions } from './context.ts';
import { createDebug } from './debug-log.ts';
import { createIo, reportError } from './io.ts';
import { patient } from './patience.ts';
import type { Guards } from './process-guards.ts';
import { NO_SETTINGS, optionsOf, type Settings, settingsFor, settingsOrProblem } from './settings.ts';
import { stateDirectory } from './state-directory.ts';
import { systemClock } from './system.ts';

/** Commands that draw on the whole terminal. */
const SCREENS = new Set(['kubecore', 'console']);

/** Commands whose silence is a person's or another program's: nobody is reminded of it. */
const OWN_PACE = new Set([...SCREENS, 'init', 'ssh', 'run', 'tunnel', 'sandbox']);

/** Commands that work whatever a config file says: they tell what is wrong with it, or need little of it. */
const TOLERANT = new Set(['doctor', 'report', 'completion', '__complete', 'man', 'sandbox stop']);

interface Given {
  readonly settings: Settings;
  readonly options: GlobalOptions;
}

/**
 * Flags, environment and config file as they count for the command.
 * @throws KubecoreError (input) when one of them cannot be used
 */
export async function settingsOf(command: Command, host: NodeJS.Process): Promise<Given> {
  const name = commandPath(command);
  // A file is written from what is typed, not from what another one says; the schema is there for who mends one.
  if (name === 'init' || command.opts().schema === true)
    return { settings: NO_SETTINGS, options: optionsOf(command) };
  const surroundings = { env: host.env, cwd: host.cwd() };
  return TOLERANT.has(name) ? settingsOrProblem(command, surroundings) : settingsFor(command, surroundings);
}

/** The context, and what ends it when the command has ended. */
export function contextFor(
  command: Command,
  given: Given & { readonly host: NodeJS.Process; readonly guards: Guards },
): { readonly context: Context; readonly end: () => void } {
  const { host, guards, options, settings } = given;
  const name = commandPath(command);
  const format = options.output;
  const io = createIo(host, { format, noColor: !options.color });
  const { follow, watch } = command.opts();
  const quiet = io.stdoutIsTTY || OWN_PACE.has(name) || follow === true || watch === true;
  const waiting = quiet ? null : patient(io, { clock: systemClock, signal: guards.signal, name });
  return {
    context: {
      host,
      env: host.env,
      io: waiting?.io ?? io,
      guards,
      options,
      settings,
      stateDir: stateDirectory(host.env),
      debug: createDebug((text) => void host.stderr.write(text), {
        // A screen must not be written into; with 2>FILE it is not.
        on: options.debug && !(SCREENS.has(name) && host.stderr.isTTY === true),
        machine: format !== 'text',
        env: host.env,
        now: systemClock.now,
      }),
      report: (error) => void reportError(host, error, { format, debug: options.debug }),
    },
    end: () => waiting?.stop(),
  };
}
