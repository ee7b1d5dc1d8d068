/** Owns one act while it is open: its dialog, its work, and the keys that mean something at each point of it. */
import { asKubecoreError } from '../../../cluster/errors.ts';
import type { Binding } from '../../keys/bindings.ts';
import type { KeyTable } from '../../keys/use-keys.ts';
import type { TerminalSize } from '../../terminal/size.tsx';
import type { Theme } from '../../theme.ts';
import type { Act, ActScene, Said, Values } from './act.ts';
import { type DialogAction, type DialogState, openForm, reduceDialog, valuesOf } from './dialog.ts';
import { drawDialog } from './dialog-draw.ts';

export interface ActHost {
  /** Something is worth drawing again. */
  changed(): void;
  /** The dialog is not wanted in front any more; its work goes on. */
  close(): void;
  notice(said: Said): void;
  /** Ends the program. */
  quit(): void;
  /** Another act takes this one's place. */
  follow(act: Act, values: Values): void;
}

export interface ActSessionOptions {
  readonly act: Act;
  readonly scene: ActScene;
  /** What is known of its fields already. All of them, and well: nothing is asked but whether to do it. */
  readonly values?: Values;
  readonly theme: Theme;
  readonly host: ActHost;
}

export class ActSession {
  readonly act: Act;
  readonly #options: ActSessionOptions;
  readonly #ending = new AbortController();
  #state: DialogState;
  /** Is it in front? Else its end is told as a notice. */
  #shown = true;
  /** The form, to come back to when what was typed was refused. */
  #form: DialogState | null = null;

  constructor(options: ActSessionOptions) {
    const { act, scene, values = {} } = options;
    this.act = act;
    this.#options = options;
    const fields = act.fields?.(scene) ?? [];
    // What came by a `:` command is looked at as what is typed into the form.
    const isGood = fields.every(
      ({ key, check }) => values[key] !== undefined && (check?.(values[key]) ?? null) === null,
    );
    const form = openForm(fields, values);
    const isFull = fields.every(({ key }) => values[key] !== undefined);
    if (isGood) this.#state = { phase: 'preparing' };
    else this.#state = isFull ? reduceDialog(form, { type: 'check' }) : form;
    if (isGood) void this.#prepare(values);
  }

  get state(): DialogState {
    return this.#state;
  }

  /** What it is about. */
  get title(): string {
    return 'plan' in this.#state ? this.#state.plan.title : this.act.label;
  }

  /** At work, or with an end that nobody has seen. */
  get isOpen(): boolean {
    return this.#state.phase === 'running' || (this.#state.phase === 'done' && !this.#shown);
  }

  show(): void {
    this.#shown = true;
  }

  #dispatch(action: DialogAction): void {
    this.#state = reduceDialog(this.#state, action);
    this.#options.host.changed();
  }

  async #prepare(values: Values): Promise<void> {
    const { act, scene, host } = this.#options;
    this.#dispatch({ type: 'preparing' });
    try {
      const plan = await act.prepare(scene, values, this.#ending.signal);
      if (this.#ending.signal.aborted) return;
      this.#dispatch({ type: 'planned', plan });
      if (plan.question === null) await this.#run();
    } catch (thrown) {
      if (this.#ending.signal.aborted) return;
      const { what, why, next } = asKubecoreError(thrown);
      this.#dispatch({ type: 'refused', refusal: { what, why, next } });
      host.changed();
    }
  }

  async #run(): Promise<void> {
    const { scene, host } = this.#options;
    if (this.#state.phase !== 'ask') return;
    const { plan } = this.#state;
    this.#dispatch({ type: 'run', at: scene.clock.now() });
    const report = (said: Said, place?: string): void =>
      this.#dispatch({ type: 'said', said, place: place ?? null });
    try {
      const end = await plan.run(report, this.#ending.signal);
      this.#dispatch({ type: 'ended', end });
      // What changed nothing and went well (a shell that was left) leaves nothing to be read.
      if (plan.question === null && end.ok) this.close();
    } catch (thrown) {
      if (this.#ending.signal.aborted) report({ text: 'it was stopped where it was', tone: 'warn' });
      else {
        const { what, why, next } = asKubecoreError(thrown);
        report({ text: `${what}: ${why}`, tone: 'bad' });
        report({ text: `next: ${next}`, tone: 'dim' });
      }
      this.#dispatch({ type: 'ended', end: { ok: false } });
    }
    // Its type does not know that it was changed meanwhile.
    const after: DialogState = this.state;
    if (this.#shown || after.phase !== 'done') return;
    const { ok } = after.end;
    host.notice({
      text: `${plan.title}: ${ok ? 'done' : 'it did not go well, a shows it'}`,
      tone: ok ? 'ok' : 'bad',
    });
    if (ok) this.#shown = true;
  }

  /** Out of sight. Work that has begun goes on; what has not is forgotten. */
  close(): void {
    if (this.#state.phase === 'running') {
      this.#shown = false;
      const text = `${this.#state.plan.title} goes on; its end will be told, a shows it`;
      this.#options.host.notice({ text, tone: 'plain' });
    } else this.#ending.abort();
    this.#options.host.close();
  }

  /** The console ends: so does what it does. */
  end(): void {
    this.#ending.abort();
  }

  lines(size: TerminalSize, now: number): string[] {
    return drawDialog(this.#state, this.act, size, now, this.#options.theme);
  }

  table(): KeyTable {
    const state = this.#state;
    const { host } = this.#options;
    const group = 'Act';
    const quit: Binding = { keys: ['ctrl+c'], label: 'quit', group, hidden: true, run: () => host.quit() };
    const leave = (label: string, keys: readonly string[] = ['esc', 'q']): Binding => ({
      keys,
      label,
      shown: 'Esc',
      group,
      pinned: true,
      run: () => this.close(),
    });
    switch (state.phase) {
      case 'form':
        return {
          bindings: [
            { keys: ['enter'], label: 'go on', group, run: () => this.#submit() },
            {
              keys: ['tab'],
              label: 'complete',
              group,
              when: () => this.#completes(),
              run: () => void this.#complete(),
            },
            {
              keys: ['down', 'tab'],
              label: 'next field',
              shown: '↓',
              group,
              when: () => state.fields.length > 1,
              run: () => this.#dispatch({ type: 'field', by: 1 }),
            },
            {
              keys: ['up', 'shift+tab'],
              label: 'field before',
              shown: '↑',
              group,
              when: () => state.fields.length > 1,
              run: () => this.#dispatch({ type: 'field', by: -1 }),
            },
            leave('leave', ['esc']),
            quit,
          ],
          onKey: (press) => this.#dispatch({ type: 'key', press }),
        };
      case 'preparing':
        return { bindings: [leave('leave'), quit] };
      case 'refused':
        return {
          bindings: [
            {
              keys: ['e'],
              label: 'change what was typed',
              group,
              when: () => this.#form !== null,
              run: () => {
                if (this.#form) this.#state = this.#form;
                host.changed();
              },
            },
            leave('leave', ['esc', 'enter', 'q']),
            quit,
          ],
        };
      case 'ask':
        return {
          bindings: [
            { keys: ['y'], label: 'yes', group, pinned: true, run: () => void this.#run() },
            leave('no', ['n', 'esc', 'q']),
            this.#copyBinding(state.plan.equivalent, state.plan.commands),
            ...this.#scrolling(state.offset, -1),
            quit,
          ],
        };
      case 'running':
        return {
          bindings: [
            leave('leave it running'),
            {
              keys: ['x'],
              label: 'stop it',
              group,
              when: () => !state.stopping,
              run: () => {
                this.#dispatch({ type: 'stopping' });
                this.#ending.abort();
              },
            },
            quit,
          ],
        };
      case 'done': {
        const { next } = state.end;
        return {
          bindings: [
            ...(next
              ? [
                  {
                    keys: ['b'],
                    label: next.label,
                    group,
                    pinned: true,
                    run: () => host.follow(next.act, next.values),
                  },
                ]
              : []),
            leave('close', ['esc', 'enter', 'q']),
            this.#copyBinding(state.plan.equivalent, state.plan.commands),
            ...this.#scrolling(state.offset ?? state.lines.length, 1),
            quit,
          ],
        };
      }
    }
  }

  #copyBinding(equivalent: string | null, commands: readonly string[]): Binding {
    const { scene, host } = this.#options;
    return {
      keys: ['c'],
      label: 'copy the command',
      group: 'Act',
      run: () => {
        const taken = scene.hands.copy(equivalent ?? commands.join('\n'));
        host.notice(
          taken
            ? { text: `copied: ${equivalent ?? commands.join('; ')}`, tone: 'ok' }
            : { text: 'it is too long for the terminal', tone: 'warn' },
        );
      },
    };
  }

  #scrolling(offset: number, sign: 1 | -1): Binding[] {
    const by = (lines: number) => () =>
      this.#dispatch({ type: 'scroll', to: Math.max(0, offset + sign * lines) });
    return [
      { keys: ['k', 'up'], label: 'up', group: 'Act', hidden: true, run: by(-1) },
      { keys: ['j', 'down'], label: 'down', group: 'Act', hidden: true, run: by(1) },
      { keys: ['pageup', 'ctrl+u'], label: 'a page up', group: 'Act', hidden: true, run: by(-10) },
      { keys: ['pagedown', 'ctrl+d'], label: 'a page down', group: 'Act', hidden: true, run: by(10) },
    ];
  }

  #submit(): void {
    if (this.#state.phase !== 'form') return;
    const before = this.#state;
    this.#dispatch({ type: 'check' });
    const state = this.#state;
    if (state.phase !== 'form' || state.fields.some(({ wrong }) => wrong !== null)) return;
    if (before.index < before.fields.length - 1) {
      this.#dispatch({ type: 'field', by: 1 });
      return;
    }
    this.#form = state;
    void this.#prepare(valuesOf(state.fields));
  }

  #completes(): boolean {
    if (this.#state.phase !== 'form') return false;
    return this.#state.fields[this.#state.index]?.field.complete !== undefined;
  }

  async #complete(): Promise<void> {
    if (this.#state.phase !== 'form') return;
    const current = this.#state.fields[this.#state.index];
    const how = current?.field.complete;
    if (!current || how === undefined) return;
    const begin = current.text.value;
    const candidates = how === 'path' ? await this.#options.scene.hands.pathsLike(begin) : how(begin);
    this.#dispatch({ type: 'completed', candidates });
  }
}
