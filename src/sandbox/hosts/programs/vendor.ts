/**
 * Owns the daemons of the CoreOS image that the sandbox does not play further, and coreos-cloudinit, which applies the
 * user data.
 */
import { applyUserData } from '../boot.ts';
import { glog } from '../time-format.ts';
import { finite } from './basic.ts';
import type { Program } from './index.ts';

const quiet: Program = {};

const updateEngine: Program = {
  start({ machine, process }) {
    process.every = 19_000;
    process.nextLineAt = machine.now() + 3000;
  },
  line({ machine, process }, n) {
    const at = machine.now();
    return n % 2 === 0
      ? glog(at, process.pid, 'update_attempter.cc:493', 'Updating boot flags...')
      : glog(at, process.pid, 'omaha_response_handler_action.cc:85', 'No update available.');
  },
};

const locksmithd: Program = {
  start(context) {
    const { machine, process } = context;
    const strategy = process.env.REBOOT_STRATEGY ?? 'best-effort';
    context.later(200, `locksmithd starting currentOperation="UPDATE_STATUS_IDLE" strategy="${strategy}"`);
    process.every = 23_000;
    process.nextLineAt = machine.now() + 9000;
  },
  line: () => 'Next poll of update-engine: no reboot needed',
};

export const VENDOR: Record<string, Program> = {
  'coreos-cloudinit': finite(5000, (context) => applyUserData(context)),
  update_engine: updateEngine,
  locksmithd,
  'dbus-daemon': quiet,
  'systemd-journald': quiet,
  'systemd-logind': quiet,
  'systemd-networkd': quiet,
  'systemd-resolved': quiet,
  'systemd-timesyncd': quiet,
  'systemd-udevd': quiet,
};
