import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Host } from '../../../src/sandbox/contract.ts';
import { sh } from './shell.ts';
import { instance, makeWorld, START } from './world.ts';

/** A recording of the real tool. */
function recorded(name: string): string {
  return readFileSync(new URL(`../../fixtures/sandbox-hosts/${name}`, import.meta.url), 'utf8');
}

const UNITS: Record<string, string> = {
  'myapp.service':
    '[Unit]\nDescription=MyApp\n\n[Service]\nTimeoutStartSec=0\nExecStart=/bin/sh -c "while true; do echo Hello World; sleep 1; done"\n',
  'missingbin.service': '[Service]\nExecStart=/opt/bin/does-not-exist\n',
  'oneshot-dead.service':
    '[Unit]\nDescription=Oneshot without RemainAfterExit\n\n[Service]\nType=oneshot\nExecStart=/bin/echo done\n',
  'failing.service': '[Unit]\nDescription=Always fails\n\n[Service]\nExecStart=/bin/sh -c "exit 3"\n',
  'crashloop.service':
    '[Unit]\nDescription=Crash loop\n\n[Service]\nExecStart=/bin/sh -c "echo crash; exit 1"\nRestart=always\nRestartSec=5min\n',
  'activating.service':
    '[Unit]\nDescription=Slow oneshot\n\n[Service]\nType=oneshot\nTimeoutStartSec=0\nExecStart=/bin/sleep 1000000\n',
};

const world = makeWorld([instance(1, '#cloud-config\nhostname: master\n')]);
world.pass(1000);
const host: Host = world.hosts.all()[0]!;
for (const [name, content] of Object.entries(UNITS)) {
  host.loadUnit(name, content, 'fleet');
  host.startUnit(name);
}
world.pass(21_400);

/** What differs from run to run and from host to host: times, ages, pids, and how long a thing took. */
function shape(text: string): string {
  return text
    .replace(/\w{3} 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC/g, 'DATE')
    .replace(/\w{3} \d\d \d\d:\d\d:\d\d/g, 'DATE')
    .replace(/\d+(min|s|ms|us|h)( \d+s)? ago/g, 'AGE ago')
    .replace(/Duration: \d+(\.\d+)?(ms|us|s)/g, 'Duration: TIME')
    .replace(/\[\d{2,}\]/g, '[PID]')
    .replace(/PID: \d+/g, 'PID: N')
    .replace(/Process: \d+/g, 'Process: N')
    .replace(/([├└|`][─-])\s*\d+/g, '$1N')
    .replace(/^rc=0\n/m, '');
}

/** Lets time pass until the command has ended. */
async function passing<T>(running: Promise<T>): Promise<T> {
  let done = false;
  const mark = (): void => {
    done = true;
  };
  running.then(mark, mark);
  for (let turn = 0; !done && turn < 500; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    world.pass(100);
  }
  return running;
}

describe('systemctl prints what was recorded', () => {
  it.each([
    ['status myapp.service --no-pager', 'systemctl-status-active', 0],
    ['status missingbin.service --no-pager', 'systemctl-status-failed', 3],
    ['status oneshot-dead.service --no-pager', 'systemctl-status-inactive', 3],
    ['status -l failing.service', 'fleet-status-failed', 3],
    ['status -l crashloop.service', 'fleet-status-crashloop', 0],
    ['status -l activating.service', 'fleet-status-activating', 0],
  ])('%s', async (command, recording, code) => {
    const ran = await sh(host, `systemctl ${command}`);
    const expected = shape(recorded(`${recording}.stdout`));
    // fleet's recording of a crash loop lost the lines before the last start to its own line limit.
    const got =
      recording === 'fleet-status-crashloop'
        ? shape(ran.stdout)
            .replace(/\nDATE master systemd\[1\]: (Started).*\n/, '\n')
            .replace(/^.*sh\[PID\]: crash\n/m, '')
        : shape(ran.stdout);
    expect(got).toBe(recording.startsWith('fleet') ? expected.replace(/minion\d/g, 'master') : expected);
    expect(ran.code).toBe(code);
  });

  it('status in the C locale', async () => {
    const ran = await sh(
      host,
      'LC_ALL=C systemctl status myapp.service missingbin.service oneshot-dead.service -n 1 --no-pager',
    );
    expect(shape(ran.stdout)).toBe(shape(recorded('systemctl-status-langc.stdout')));
    expect(ran.code).toBe(3);
  });

  it.each([
    ['cat myapp.service --no-pager', 'systemctl-cat.stdout', 0],
    [
      'is-active myapp.service missingbin.service nosuch.service oneshot-dead.service',
      'systemctl-is-active.stdout',
      0,
    ],
    ['status nosuch.service --no-pager', 'systemctl-status-unknown.stderr', 4],
    ['cat nosuch.service --no-pager', 'systemctl-cat-unknown.stderr', 1],
    ['start nosuch.service', 'systemctl-start-nopriv.stderr', 4],
    ['stop myapp.service', 'systemctl-stop-nopriv.stderr', 4],
  ])('%s, to the byte', async (command, recording, code) => {
    const ran = await sh(host, `systemctl ${command}`);
    expect(ran[recording.endsWith('stderr') ? 'stderr' : 'stdout']).toBe(recorded(recording));
    expect(ran.code).toBe(code);
  });

  it('is-failed, sudo start of an unknown unit, a pattern without units', async () => {
    const failed = await sh(
      host,
      'systemctl is-failed myapp.service; echo rc=$?; systemctl is-failed missingbin.service; echo rc=$?',
    );
    expect(failed.stdout).toBe(recorded('systemctl-is-failed.stdout'));
    const unknown = await sh(host, 'sudo systemctl start nosuch.service');
    expect(unknown).toEqual({ stdout: '', stderr: recorded('systemctl-start-sudo-unknown.stderr'), code: 5 });
    expect(await sh(host, "systemctl status 'nosuch*'")).toEqual({ stdout: '', stderr: '', code: 0 });
    expect((await sh(host, "systemctl list-units --no-legend --plain --full 'nosuch*'")).stdout).toBe('');
  });

  it('list-units: columns, order, legend', async () => {
    const failed = await sh(
      host,
      'systemctl list-units --state=failed --no-legend --plain --full --no-pager missingbin.service',
    );
    expect(failed.stdout).toBe(recorded('systemctl-list-units-failed.stdout'));
    const all = await sh(host, 'systemctl list-units --no-pager');
    const [header, ...lines] = all.stdout.split('\n');
    const [wanted] = recorded('systemctl-list-units-default.stdout').split('\n');
    expect(header!.split(/\s+/)).toEqual(wanted!.split(/\s+/));
    const foot = lines.slice(lines.indexOf(''));
    expect(foot.join('\n').replace(/\d+ loaded/, 'N loaded')).toBe(
      recorded('systemctl-list-units-default.stdout')
        .split('\n\n')[1]!
        .replace(/^/, '\n')
        .replace(/\d+ loaded/, 'N loaded'),
    );
    const names = lines.slice(0, lines.indexOf('')).map((line) => line.slice(2).split(' ')[0]!);
    const types = names.map((name) => name.split('.').at(-1));
    expect(types).toEqual([...types].sort());
    const columns = lines
      .slice(0, lines.indexOf(''))
      .map((line) => line.slice(header!.indexOf('LOAD')).split(/\s/)[0]);
    expect(new Set(columns)).toEqual(new Set(['loaded']));
    expect(lines.some((line) => line.startsWith('● missingbin.service'))).toBe(true);
    const every = await sh(host, 'systemctl list-units --all --plain --no-legend');
    expect(every.stdout).toMatch(/^etcd\.service +loaded +inactive +dead +etcd$/m);
  });

  it('show, in the recorded order of properties', async () => {
    const ran = await sh(
      host,
      'systemctl show -p Id,LoadState,ActiveState,SubState,Description,MainPID,ExecMainStartTimestamp,ExecMainStatus,Result,FragmentPath,NRestarts myapp.service missingbin.service nosuch.service',
    );
    const vary = (text: string): string =>
      text.replace(/MainPID=[1-9]\d*/, 'MainPID=N').replace(/Timestamp=.+/g, 'Timestamp=DATE');
    expect(vary(ran.stdout)).toBe(vary(recorded('systemctl-show.stdout')));
  });

  it('starts, stops and restarts with sudo', async () => {
    const before = host.unit('myapp.service')!.mainPid;
    expect(await passing(sh(host, 'sudo systemctl restart myapp.service'))).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect(host.unit('myapp.service')!.mainPid).not.toBe(before);
    expect(await passing(sh(host, 'sudo systemctl start missingbin.service'))).toMatchObject({ code: 1 });
    world.pass(3000);
  });
});

describe('journalctl prints what was recorded', () => {
  it.each([
    ['--nosuch', 'journal-badopt.stderr'],
    ['-o nosuch', 'journal-badoutput.stderr'],
    ['-u myapp.service --after-cursor=bogus -o short-iso --no-pager', 'journal-bad-cursor.stderr'],
  ])('%s', async (options, recording) => {
    expect(await sh(host, `journalctl ${options}`)).toEqual({
      stdout: '',
      stderr: recorded(recording),
      code: 1,
    });
  });

  it('refuses those who may not read it', async () => {
    expect((await sh(host, 'sudo -u nobody journalctl -n 3')).stderr).toBe(recorded('journal-noperm.stderr'));
    expect((await sh(host, 'sudo -u nobody journalctl -q -n 3')).stderr).toBe(
      recorded('journal-quiet-noperm.stderr'),
    );
  });

  it('short-iso lines, cursors, and what comes after a cursor', async () => {
    const vary = (text: string): string =>
      text
        .replace(/\d{4}-\d\d-\d\dT[\d:]+/g, 'T')
        .replace(/\[\d+\]/g, '[PID]')
        .replace(/=[0-9a-f]+/g, '=X');
    const shown = await sh(host, 'journalctl -u myapp.service -n 2 --no-pager -o short-iso --show-cursor');
    expect(vary(shown.stdout)).toBe(vary(recorded('journal-show-cursor.stdout')));
    const boots = (text: string): string =>
      text.replace(/[0-9a-f]{32}/g, 'B').replace(/\w{3} \d{4}-[\d-]+ [\d:]+ UTC/g, 'D');
    expect(boots((await sh(host, 'journalctl --list-boots --no-pager')).stdout)).toBe(
      boots(recorded('journal-list-boots.stdout')).replace(/^ -1 .*\n/m, ''),
    );
    const after = await sh(
      host,
      `c=$(journalctl -u myapp.service -n 3 -o json | head -1 | sed 's/.*"__CURSOR":"\\([^"]*\\)".*/\\1/'); journalctl -u myapp.service --after-cursor="$c" -o cat`,
    );
    expect(after.stdout.split('\n')).toHaveLength(3);
  });

  it('JSON with the recorded fields, and MESSAGE as string, bytes, or null', async () => {
    const [line] = recorded('journal-follow-json.stdout').split('\n');
    const ran = await sh(host, 'journalctl -u myapp.service -n 1 -o json');
    const [got, want] = [JSON.parse(ran.stdout), JSON.parse(line!)];
    expect(Object.keys(got).sort()).toEqual(
      Object.keys(want)
        .filter((key) => key in got || !key.startsWith('_'))
        .sort(),
    );
    for (const key of [
      '__CURSOR',
      '__REALTIME_TIMESTAMP',
      '_SYSTEMD_UNIT',
      '_PID',
      '_HOSTNAME',
      'SYSLOG_IDENTIFIER',
      'PRIORITY',
      'MESSAGE',
    ]) {
      expect(typeof got[key], key).toBe(typeof want[key]);
    }
    expect(got.__CURSOR).toMatch(
      /^s=[0-9a-f]{32};i=[0-9a-f]+;b=[0-9a-f]{32};m=[0-9a-f]+;t=[0-9a-f]+;x=[0-9a-f]+$/,
    );
    for (const line of recorded('journal-weird-json.stdout')
      .split('\n')
      .filter((one) => one !== '')) {
      const { MESSAGE } = JSON.parse(line);
      if (MESSAGE === undefined || MESSAGE === null) continue;
      const bytes = typeof MESSAGE === 'string' ? Buffer.from(MESSAGE) : Buffer.from(MESSAGE);
      const valid = Buffer.from(bytes.toString('utf8')).equals(bytes);
      host.log({
        unit: 'weird.service',
        identifier: 'weirdlog',
        message: valid ? bytes.toString('utf8') : bytes.toString('latin1'),
      });
      if (!valid) Object.assign(host.journal('weird.service', 1)[0]!, { binary: true });
      const one = await sh(host, 'journalctl -u weird.service -n 1 -o json');
      expect(JSON.parse(one.stdout).MESSAGE).toEqual(MESSAGE);
    }
    host.log({ unit: 'weird.service', identifier: 'weirdlog', message: 'y'.repeat(5000) });
    expect(
      JSON.parse((await sh(host, 'journalctl -u weird.service -n 1 -o json')).stdout).MESSAGE,
    ).toBeNull();
    expect(
      JSON.parse((await sh(host, 'journalctl -u weird.service -n 1 -o json -a')).stdout).MESSAGE,
    ).toHaveLength(5000);
  });

  it('blobs and stripped colours in the short forms', async () => {
    host.log({ unit: 'odd.service', identifier: 'odd', message: '05 \x1b[31mred\x1b[0m tab\there' });
    host.log({ unit: 'odd.service', identifier: 'odd', message: 'carriage\rreturn' });
    const ran = await sh(host, 'journalctl -u odd -o short-iso');
    expect(ran.stdout.replace(/^\S+/gm, 'T')).toBe(
      'T master odd: 05 red tab        here\nT master odd: [15B blob data]\n',
    );
    expect((await sh(host, 'journalctl -u odd -o cat')).stdout).toContain('carriage\rreturn');
  });

  it('selects by unit, glob, priority and time', async () => {
    expect((await sh(host, 'journalctl -u nosuch.service -n 5 --no-pager')).stdout).toBe(
      '-- No entries --\n',
    );
    expect((await sh(host, 'journalctl -u nosuch.service -n 5 -o json')).stdout).toBe('');
    const errors = await sh(host, "journalctl -u 'missing*' -p err -o cat | sort -u");
    expect(errors.stdout.split('\n').slice(0, -1)).toEqual([
      'missingbin.service: Failed at step EXEC spawning /opt/bin/does-not-exist: No such file or directory',
      'missingbin.service: Failed to locate executable /opt/bin/does-not-exist: No such file or directory',
    ]);
    const recent = await sh(
      host,
      "journalctl -u myapp.service --since='3 seconds ago' -o cat | grep -c Hello",
    );
    expect(Number(recent.stdout)).toBeLessThanOrEqual(4);
    expect(
      (
        await sh(
          host,
          `journalctl -u missingbin --until='${new Date(START).toISOString().slice(0, 19).replace('T', ' ')}' -q`,
        )
      ).stdout,
    ).toBe('');
    expect((await sh(host, 'journalctl --since=nonsense')).stderr).toBe(
      'Failed to parse timestamp: nonsense\n',
    );
  });

  it('follows into a pipe that ends, and until it is timed out', async () => {
    const followed = await passing(sh(host, 'journalctl -u myapp.service -f -n 2 -o cat | head -4'));
    expect(followed).toMatchObject({ stdout: 'Hello World\n'.repeat(4), code: 0 });
    const timed = await passing(sh(host, 'timeout 2 journalctl -u nosuch.service -f -n 5'));
    expect(timed).toEqual({ stdout: '', stderr: '', code: 124 });
  });
});

describe('the shell', () => {
  it.each([
    ['echo a "b  c" \'d $x\' e\\ f', 'a b  c d $x e f\n', 0],
    ['x=1; y="$x 2"; echo $y ${z:-none} $((x + 2 * 3))', '1 2 none 7\n', 0],
    ['false && echo no || echo yes', 'yes\n', 0],
    ['echo one; (cd /tmp; pwd); pwd', 'one\n/tmp\n/home/core\n', 0],
    ['for i in 1 2 3; do echo $i; done | tail -1', '3\n', 0],
    ['if [ -e /etc/os-release ]; then grep ^ID /etc/os-release; else echo none; fi', 'ID=coreos\n', 0],
    ['n=0; while [ $n -lt 3 ]; do n=$((n+1)); done; echo $n', '3\n', 0],
    ['echo hi > /tmp/a; echo ho >> /tmp/a; cat < /tmp/a; wc -l < /tmp/a', 'hi\nho\n2\n', 0],
    ['cat <<EOF | tr a-z A-Z\nsome $HOME\nEOF', 'SOME /HOME/CORE\n', 0],
    ['printf "%s-%d\\n" a 1 b 2', 'a-1\nb-2\n', 0],
    ["sh -c 'echo $0 $1; exit 7' zero one", 'zero one\n', 7],
    ['env FOO=bar sh -c "echo \\$FOO"', 'bar\n', 0],
    ['FOO=baz sh -c \'echo $FOO\'; echo "[$FOO]"', 'baz\n[]\n', 0],
    ['exec echo replaced; echo never', 'replaced\n', 0],
    ['command -v fleetctl; command -v kubecfg', '/usr/bin/fleetctl\n', 1],
    ["printf 'b\\na\\nb\\n' | sort | uniq -c", '      1 a\n      2 b\n', 0],
    ["echo 'a.b.c' | sed 's/\\./-/g'", 'a-b-c\n', 0],
    ['ls /nosuch 2>&1', 'ls: cannot access /nosuch: No such file or directory\n', 2],
    ['whoami; sudo whoami; id -u', 'core\nroot\n500\n', 0],
  ])('%s', async (line, stdout, code) => {
    expect(await sh(host, line)).toMatchObject({ stdout, code });
  });

  it('keeps standard error apart, and says what it does not find', async () => {
    expect(await sh(host, 'echo out; echo err >&2; exit 3')).toEqual({
      stdout: 'out\n',
      stderr: 'err\n',
      code: 3,
    });
    expect(await sh(host, 'kubecfg list pods')).toEqual({
      stdout: '',
      stderr: 'sh: kubecfg: command not found\n',
      code: 127,
    });
    expect((await sh(host, 'echo "unterminated')).code).toBe(2);
    expect((await sh(host, 'echo x > /etc/x')).stderr).toBe('sh: /etc/x: Permission denied\n');
    expect((await sh(host, 'echo x | sudo tee /etc/x')).code).toBe(0);
  });

  it('is killed by kill -9 $$', async () => {
    await expect(sh(host, 'kill -9 $$')).rejects.toMatchObject({ signal: 9 });
    expect((await sh(host, "sh -c 'kill -9 $$'; echo $?")).stdout).toBe('137\n');
  });

  it('runs and shows containers', async () => {
    const { stdout, stderr, code } = await passing(
      sh(host, "docker run --rm --name hello busybox /bin/echo 'hullo, world!'; docker ps; docker images"),
    );
    expect(code).toBe(0);
    expect(stderr).toContain("Unable to find image 'busybox' locally");
    expect(stdout).toContain('hullo, world!\n');
    expect(stdout).toMatch(/^CONTAINER ID {8}IMAGE {15}COMMAND {13}CREATED {13}STATUS {14}PORTS {15}NAMES$/m);
    expect(stdout).toMatch(/^busybox +latest +[0-9a-f]{12} /m);
  });

  it("shows a container's log, with times when asked", async () => {
    await passing(sh(host, 'docker run --name said busybox /bin/echo one'));
    expect((await sh(host, 'docker logs said')).stdout).toBe('one\n');
    expect((await sh(host, 'docker logs -t --tail=5 said')).stdout).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z one\n$/,
    );
    expect((await sh(host, 'docker logs --tail 0 said')).stdout).toBe('');
  });
});
