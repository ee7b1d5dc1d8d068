/**
 * Owns fleetd 0.8.3's log. What fleet does (scheduling, agents, heartbeats) is the registry's.
 */
import type { ProgramContext } from '../processes.ts';
import { goLog } from '../time-format.ts';
import type { Program } from './index.ts';

const say = (context: ProgramContext, text: string): string => goLog(context.machine.now(), text);

const fleetd: Program = {
  start(context) {
    context.print(say(context, 'INFO fleetd.go:64: Starting fleetd version 0.8.3'));
    context.print(
      say(context, 'INFO fleetd.go:168: No provided or default config file found - proceeding without'),
    );
    context.print(say(context, 'INFO server.go:157: Establishing etcd connectivity'));
    context.process.wakeAt = context.machine.after(900);
  },
  wake(context) {
    const { machine, process } = context;
    if (machine.etcd() === null || !machine.hasQuorum()) {
      if (process.lines++ % 4 === 0) {
        context.print(
          say(
            context,
            'INFO client.go:292: Failed getting response from http://localhost:4001/: dial tcp 127.0.0.1:4001: connection refused',
          ),
        );
      }
      process.wakeAt = machine.after(1000);
      return null;
    }
    context.print(say(context, 'INFO server.go:168: Starting server components'));
    process.lines = 0;
    process.every = 8700;
    process.nextLineAt = machine.now() + 700;
    return null;
  },
  line(context, n) {
    const { machine } = context;
    if (machine.etcd() === null) {
      return say(
        context,
        'ERROR engine.go:134: Failed fetching Units from Registry: dial tcp 127.0.0.1:4001: connection refused',
      );
    }
    const fleet = machine.etcd()!.fleet;
    const machines = Object.keys(fleet.machines).sort();
    if (machines[0] === machine.state.machineId) {
      if (n === 0) return say(context, `INFO engine.go:86: Engine leader is ${machine.state.machineId}`);
      return say(
        context,
        `INFO engine.go:148: Reconciliation done: ${machines.length} machines, ${Object.keys(fleet.units).length} units`,
      );
    }
    const mine = Object.values(fleet.states).filter(
      (states) => states[machine.state.machineId] !== undefined,
    ).length;
    return say(context, `INFO reconcile.go:173: AgentReconciler completed, ${mine} units on this machine`);
  },
};

export const FLEET: Record<string, Program> = { fleetd };
