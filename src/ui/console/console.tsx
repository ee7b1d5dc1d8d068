/** Owns the console as a component: the live panes of one open cluster and the logs of its nodes. */
import { useIsScreenReaderEnabled } from 'ink';
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { CONSOLE_DEFAULTS } from '../../cluster/console-settings.ts';
import type { Clock } from '../../cluster/ports.ts';
import { useMouse } from '../keys/mouse.ts';
import { useKeys } from '../keys/use-keys.ts';
import type { Backend, Session } from '../services.ts';
import { Lines } from '../terminal/lines.tsx';
import { useTerminalSize } from '../terminal/size.tsx';
import { createTheme } from '../theme.ts';
import { useTheme } from '../theme-context.ts';
import { ConsoleScreen } from './screen.ts';

export interface ConsoleProps {
  readonly session: Session;
  readonly backend: Pick<Backend, 'kind'>;
  readonly clock: Clock;
  readonly onQuit: () => void;
  /** Esc with nothing left to close. */
  readonly onBack?: () => void;
}

/** Fills the terminal but one row; its keys are those of `?`. The session stays the caller's to close. */
export function Console({ session, backend, clock, onQuit, onBack }: ConsoleProps) {
  const asked = useTheme();
  const spoken = useIsScreenReaderEnabled();
  const settings = session.preferences?.settings ?? CONSOLE_DEFAULTS;
  // NO_COLOR and --no-color hold whatever the config file says.
  const theme = settings.theme === null ? asked : createTheme(asked.colour, settings.theme);
  const size = useTerminalSize();
  // The callbacks may be other ones with every render of the caller.
  const leave = useRef({ onQuit, onBack });
  leave.current = { onQuit, onBack };
  const [screen] = useState(
    () =>
      new ConsoleScreen({
        session,
        backendKind: backend.kind,
        clock,
        theme,
        spoken,
        onQuit: () => leave.current.onQuit(),
        onBack: onBack && (() => leave.current.onBack?.()),
      }),
  );
  useEffect(() => screen.start(), [screen]);
  useKeys(useCallback(() => screen.table(), [screen]));
  useMouse(settings.mouse && !spoken, (press) => screen.press(press));
  const lines = useSyncExternalStore(screen.subscribe, () => screen.lines(size));
  return <Lines lines={lines} />;
}
