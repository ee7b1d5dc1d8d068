/** Owns the SSH figures: our client against OpenSSH's on the same sshd in the same run, in turn. */
import { chmod, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { startGround, whyNoSshd } from './ssh-sshd.mjs';

const MB = 1_000_000;
const PIECE_BYTES = 62.5 * MB;
const PIECES = 16;
const LOG_ROUNDS = 5;

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Medians of both, measured in turn. */
async function inTurn(rounds, ours, theirs) {
  const a = [];
  const b = [];
  for (let round = 0; round < rounds; round++) {
    b.push(await theirs());
    a.push(await ours());
  }
  return { ours: median(a), theirs: median(b), ratio: median(a) / median(b) };
}

const ms = ({ ours, theirs }) => `${ours.toFixed(0)} ms against ${theirs.toFixed(0)} ms`;

async function connectAndRun(ground) {
  const took = await inTurn(
    15,
    async () => (await ground.ours('one', 'true')).processMs,
    () => ground.ssh('true'),
  );
  const detail = `whole process, ${ms(took)} of ssh`;
  return { what: 'connect and run one command', ratio: took.ratio, bar: 1.8, detail };
}

async function fourListings(ground) {
  const lines = [];
  for (const [index, name] of ['machines', 'units', 'minions', 'pods'].entries()) {
    const file = path.join(ground.folder, name);
    await writeFile(file, `${`${name} `.repeat(20)}\n`.repeat(50 * (index + 1)));
    lines.push(`cat ${file}`);
  }
  const took = await inTurn(
    9,
    async () => (await ground.ours('many', 4, 4, ...lines)).ms,
    async () => {
      let sum = 0;
      for (const line of lines) sum += await ground.ssh(line, { multiplexed: true });
      return sum;
    },
  );
  const detail = `at once on one connection, ${ms(took)} for the same one after another on a ControlMaster`;
  return { what: 'four listings', ratio: took.ratio, bar: 0.6, detail };
}

async function shortCommands(ground) {
  const took = await inTurn(
    3,
    async () => (await ground.ours('many', 200, 10, 'true')).ms,
    async () => {
      const startedAt = performance.now();
      let left = 200;
      const worker = async () => {
        while (left-- > 0) await ground.ssh('true', { multiplexed: true });
      };
      await Promise.all(Array.from({ length: 10 }, worker));
      return performance.now() - startedAt;
    },
  );
  const detail = `ten at a time, ${ms(took)} of ssh on a ControlMaster`;
  return { what: '200 short commands', ratio: took.ratio, bar: 0.6, detail };
}

/** Journal entries as a real journalctl -o json printed them (its fields and their order), as many as make a piece. */
async function journalPiece() {
  const recording = new URL('../test/fixtures/cluster/journal-follow-json.stdout', import.meta.url);
  const recorded = (await readFile(recording, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const lines = [];
  let bytes = 0;
  for (let i = 0; bytes < PIECE_BYTES; i++) {
    const entry = recorded[i % recorded.length];
    const line = `${JSON.stringify({
      ...entry,
      __CURSOR: entry.__CURSOR.replace(/;i=.*;b=/, `;i=${(10_000 + i).toString(16)};b=`),
      __REALTIME_TIMESTAMP: String(1_416_673_733_000_000 + i * 1_000),
      MESSAGE: `2014/11/22 16:28:53 registered machine ${i}: 172.31.5.${i % 250} answered in ${i % 97} ms`,
    })}\n`;
    lines.push(line);
    bytes += line.length;
  }
  return lines.join('');
}

export async function logs(ground) {
  const piece = path.join(ground.folder, 'journal');
  const text = await journalPiece();
  await writeFile(piece, text);
  const bytes = Buffer.byteLength(text) * PIECES;
  const line = `for i in $(seq ${PIECES}); do cat ${piece} || exit 1; done`;
  await writeFile(path.join(ground.bin, 'journalctl'), `#!/bin/sh\n${line}\n`);
  await chmod(path.join(ground.bin, 'journalctl'), 0o755);
  const rate = (took) => bytes / MB / (took / 1000);
  const theirs = [];
  const follow = [];
  const tail = [];
  let followMb = 0;
  let tailMb = 0;
  for (let round = 0; round < LOG_ROUNDS; round++) {
    theirs.push(rate(await ground.sshPiped(line)));
    const followed = await ground.ours('follow', line);
    if (followed.bytes !== bytes) throw new Error(`follow gave ${followed.bytes} bytes of ${bytes}`);
    follow.push(rate(followed.ms));
    followMb = Math.max(followMb, followed.maxRssMb);
    const tailed = await ground.ours('tail');
    const lines = (text.split('\n').length - 1) * PIECES;
    if (tailed.lines !== lines) throw new Error(`the tail kept ${tailed.lines} lines of ${lines}`);
    tail.push(rate(tailed.ms));
    tailMb = Math.max(tailMb, tailed.maxRssMb);
  }
  const peer = median(theirs);
  const against = (rates) => `${median(rates).toFixed(0)} MB/s against ${peer.toFixed(0)} MB/s of ssh | cat`;
  const memory = (what, mb) => ({
    what: `memory after 1 GB ${what}`,
    ratio: mb / 250,
    bar: 1,
    detail: `at most ${mb.toFixed(0)} MB resident, of 250 MB`,
  });
  return [
    {
      what: '1 GB of log bytes through follow',
      ratio: median(follow) / peer,
      bar: 0.8,
      atLeast: true,
      detail: against(follow),
    },
    memory('through follow', followMb),
    {
      what: '1 GB of journal JSON parsed and kept',
      ratio: median(tail) / peer,
      bar: 0.5,
      atLeast: true,
      detail: against(tail),
    },
    memory('parsed and kept', tailMb),
  ];
}

/** All SSH figures; throws with the reason where there is no OpenSSH. */
export async function ssh() {
  const missing = whyNoSshd();
  if (missing !== null) throw new Error(missing);
  const ground = await startGround();
  try {
    const results = [await connectAndRun(ground)];
    const endMaster = await ground.master();
    try {
      results.push(await fourListings(ground), await shortCommands(ground));
    } finally {
      endMaster();
    }
    return [...results, ...(await logs(ground))];
  } finally {
    await ground.stop();
  }
}
