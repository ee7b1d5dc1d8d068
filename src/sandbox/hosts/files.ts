/**
 * Owns the file system of a host as commands see it: stored files, unit files, the vendor's programs, and a few made
 * files of /proc and /etc. Directories exist by what lies in them, or because CoreOS has them.
 */
import type { HostState } from '../contract.ts';
import { unitPath, unitsOf } from './unit-state.ts';

/** Programs of the CoreOS image, all in /usr/bin (with /bin, /sbin and /usr/sbin the same directory). */
const PROGRAMS = new Set(
  `sh bash cat ls echo pwd env id whoami ps kill sleep head tail grep egrep sed wc sort true false test [ printf curl wget
  uname hostname uptime date free df mktemp rm mkdir tee timeout chmod chown cp mv touch ln stat find xargs cut tr uniq awk
  basename dirname readlink seq which nohup tac systemctl journalctl systemd-cat systemd-run logger docker etcd etcdctl fleetctl fleetd
  sudo su mount umount ip ifconfig ping ss netstat iptables sysctl modprobe btrfs mkfs.btrfs update_engine
  update_engine_client locksmithctl locksmithd coreos-cloudinit sshd rsync tar gzip
  gunzip git vim less more toolbox rkt nsenter killall pkill pgrep dmesg hostnamectl timedatectl networkctl loginctl
  getent last w who cut md5sum sha1sum sha256sum base64 od hexdump dd sync reboot poweroff shutdown dbus-daemon agetty`
    .split(/\s+/)
    .filter((name) => name !== ''),
);

/** Sizes of the binaries that the article downloads, so that `ls -l` looks right. Recorded, but for the third-party two. */
const SIZES: Record<string, number> = {
  apiserver: 10825031,
  'controller-manager': 8876226,
  kubecfg: 11037398,
  kubelet: 9843751,
  proxy: 8480388,
  scheduler: 8978741,
  flanneld: 6912104,
  'kube-register': 5938272,
};

const DIRECTORIES = new Set([
  '/',
  '/bin',
  '/boot',
  '/dev',
  '/etc',
  '/etc/coreos',
  '/etc/systemd',
  '/etc/systemd/system',
  '/home',
  '/home/core',
  '/lib64',
  '/media',
  '/mnt',
  '/opt',
  '/proc',
  '/root',
  '/run',
  '/run/systemd',
  '/run/systemd/system',
  '/sbin',
  '/srv',
  '/sys',
  '/tmp',
  '/usr',
  '/usr/bin',
  '/usr/lib64',
  '/usr/lib64/systemd',
  '/usr/lib64/systemd/system',
  '/usr/sbin',
  '/usr/share',
  '/var',
  '/var/lib',
  '/var/lib/docker',
  '/var/lib/etcd',
  '/var/log',
  '/var/run',
  '/var/tmp',
]);

export interface Stat {
  readonly directory: boolean;
  readonly mode: number;
  readonly size: number;
  readonly mtime: number;
  readonly owner: 'root' | 'core';
}

/** Absolute, without `.` and `..`, and with CoreOS's links followed. */
export function resolvePath(cwd: string, path: string): string {
  const home = path === '~' || path.startsWith('~/') ? `/home/core${path.slice(1)}` : path;
  const parts: string[] = [];
  for (const part of (home.startsWith('/') ? home : `${cwd}/${home}`).split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  const absolute = `/${parts.join('/')}`;
  return absolute
    .replace(/^\/var\/run(?=\/|$)/, '/run')
    .replace(/^\/(s?bin|usr\/sbin)(?=\/)/, '/usr/bin')
    .replace(/^\/(usr\/)?lib(?=\/)/, '/usr/lib64');
}

/** Size that a download or a stored file shows. */
function sizeOf(path: string, text: string): number {
  const known = path.startsWith('/opt/bin/') ? SIZES[path.slice(9)] : undefined;
  return text === '' && known !== undefined ? known : Buffer.byteLength(text);
}

export class Files {
  readonly #state: HostState;
  readonly #now: () => number;

  constructor(state: HostState, now: () => number) {
    this.#state = state;
    this.#now = now;
  }

  read(path: string): string | undefined {
    const at = resolvePath('/', path);
    const stored = this.#state.files[at];
    if (stored !== undefined) return stored.text;
    const unit = this.#unitAt(at);
    if (unit !== undefined) return unit;
    return this.#made()[at]?.();
  }

  write(path: string, text: string, mode?: number): void {
    const at = resolvePath('/', path);
    const before = this.#state.files[at];
    this.#state.files[at] = { text, mode: mode ?? before?.mode ?? 0o644, mtime: this.#now() };
  }

  chmod(path: string, mode: number): void {
    const file = this.#state.files[resolvePath('/', path)];
    if (file !== undefined) file.mode = mode;
  }

  makeDirectory(path: string): void {
    const at = resolvePath('/', path);
    this.#state.files[`${at}/`] = { text: '', mode: 0o755, mtime: this.#now() };
  }

  /** Removes a file, or a directory with all that is in it. */
  remove(path: string): void {
    const at = resolvePath('/', path);
    for (const name of Object.keys(this.#state.files)) {
      if (name === at || name.startsWith(`${at}/`)) delete this.#state.files[name];
    }
  }

  stat(path: string): Stat | undefined {
    const at = resolvePath('/', path);
    const owner = at.startsWith('/home/core') || at.startsWith('/tmp/') ? 'core' : 'root';
    const stored = this.#state.files[at];
    if (stored !== undefined) {
      return {
        directory: false,
        mode: stored.mode,
        size: sizeOf(at, stored.text),
        mtime: stored.mtime,
        owner,
      };
    }
    if (this.#isDirectory(at)) {
      return {
        directory: true,
        mode: at === '/tmp' ? 0o1777 : 0o755,
        size: 4096,
        mtime: this.#state.bootedAt,
        owner,
      };
    }
    if (this.isProgram(at)) {
      return {
        directory: false,
        mode: 0o755,
        size: 40_000 + at.length * 4321,
        mtime: Date.UTC(2014, 10, 12),
        owner,
      };
    }
    const text = this.read(at);
    if (text === undefined) return undefined;
    return {
      directory: false,
      mode: 0o644,
      size: Buffer.byteLength(text),
      mtime: this.#state.bootedAt,
      owner,
    };
  }

  /** Names in a directory, sorted; undefined when it is none. */
  list(path: string): string[] | undefined {
    const at = resolvePath('/', path);
    if (!this.#isDirectory(at)) return undefined;
    const prefix = at === '/' ? '/' : `${at}/`;
    const names = new Set<string>();
    for (const known of this.#paths()) {
      if (known.startsWith(prefix) && known.length > prefix.length)
        names.add(known.slice(prefix.length).split('/')[0]!);
    }
    return [...names].sort();
  }

  isExecutable(path: string): boolean {
    const at = resolvePath('/', path);
    const stored = this.#state.files[at];
    return stored !== undefined ? (stored.mode & 0o111) !== 0 : this.isProgram(at);
  }

  /** A program of the image itself. */
  isProgram(path: string): boolean {
    const at = resolvePath('/', path);
    if (/^\/usr\/lib64\/(systemd\/systemd|coreos\/dockerd|locksmith\/locksmithd|systemd\/systemd-)/.test(at))
      return true;
    return at.startsWith('/usr/bin/') && PROGRAMS.has(at.slice(9));
  }

  #isDirectory(at: string): boolean {
    if (DIRECTORIES.has(at)) return true;
    const prefix = `${at}/`;
    return this.#paths().some((path) => path.startsWith(prefix));
  }

  #paths(): string[] {
    return [
      ...DIRECTORIES,
      ...Object.keys(this.#state.files),
      ...Object.values(unitsOf(this.#state)).map(unitPath),
      ...Object.keys(this.#made()),
      ...[...PROGRAMS].map((name) => `/usr/bin/${name}`),
    ];
  }

  #unitAt(at: string): string | undefined {
    const name = at.slice(at.lastIndexOf('/') + 1);
    const unit = unitsOf(this.#state)[name];
    return unit !== undefined && unitPath(unit) === at ? unit.content : undefined;
  }

  #made(): Record<string, () => string> {
    const state = this.#state;
    return {
      '/etc/hostname': () => `${state.hostname}\n`,
      '/etc/machine-id': () => `${state.machineId}\n`,
      '/etc/os-release': () => OS_RELEASE,
      '/usr/lib64/os-release': () => OS_RELEASE,
      '/etc/lsb-release': () =>
        'DISTRIB_ID=CoreOS\nDISTRIB_RELEASE=509.1.0\nDISTRIB_CODENAME="Red Dog"\nDISTRIB_DESCRIPTION="CoreOS 509.1.0"\n',
      '/etc/hosts': () => '127.0.0.1\tlocalhost\n::1\t\tlocalhost\n',
      '/etc/resolv.conf': () => 'nameserver 172.31.0.2\nsearch ec2.internal\n',
      '/proc/sys/kernel/random/boot_id': () =>
        `${state.bootId.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')}\n`,
      '/proc/version': () => `Linux version ${KERNEL} (buildbot@coreos.com) #2 SMP\n`,
      '/proc/uptime': () => {
        const seconds = Math.max(0, this.#now() - state.bootedAt) / 1000;
        return `${seconds.toFixed(2)} ${(seconds * 0.93).toFixed(2)}\n`;
      },
      '/proc/loadavg': () => '0.08 0.12 0.09 1/142 2210\n',
    };
  }
}

export const KERNEL = '3.17.2+';

const OS_RELEASE = `NAME=CoreOS
ID=coreos
VERSION=509.1.0
VERSION_ID=509.1.0
BUILD_ID=
PRETTY_NAME="CoreOS 509.1.0"
ANSI_COLOR="1;32"
HOME_URL="https://coreos.com/"
BUG_REPORT_URL="https://github.com/coreos/bugs/issues"
`;
