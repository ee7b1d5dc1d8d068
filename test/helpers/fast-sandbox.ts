/** Owns `kubecore sandbox` in the foreground with its time running fast, for scenarios that launch often. */
import { execa } from 'execa';
import { runKubecore } from './run.ts';
import { type SandboxHome, sandboxHome } from './sandbox-home.ts';
import { PROGRAM, ROOT } from './terminal.ts';

export interface FastSandbox extends SandboxHome {
  /** The environment that it prints for stock tools: AWS_ENDPOINT_URL and so on. */
  readonly exports: Readonly<Record<string, string>>;
}

/**
 * @param speed simulated seconds in one real one, 8 without this. At 40 a launch takes three or four; at 20 a slow machine
 *   still keeps up with the times of etcd and fleet.
 */
export async function fastSandbox(speed = 40): Promise<FastSandbox> {
  const home = await sandboxHome();
  const running = execa(process.execPath, [PROGRAM, 'sandbox', '--speed', String(speed)], {
    cwd: ROOT,
    env: { ...home.env, PATH: process.env.PATH ?? '' },
    extendEnv: false,
    reject: false,
  });
  const said = await new Promise<string>((resolve, reject) => {
    let text = '';
    running.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (/AWS_DEFAULT_REGION=.*\n/.test(text)) resolve(text);
    });
    void running.then(({ stderr }) => reject(new Error(`the sandbox ended: ${String(stderr)}`)));
  });
  return {
    ...home,
    exports: Object.fromEntries(
      [...said.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
    ),
    async dispose() {
      await runKubecore(['sandbox', 'stop'], { env: home.env });
      await running;
      await home.dispose();
    },
  };
}
