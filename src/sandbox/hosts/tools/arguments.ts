/** Owns what the small commands share: their operands, their letters, and a command that only prints. */
import type { SessionContext, SessionTool } from '../shell/session.ts';

/** A command that prints one text and ends well. */
export const say =
  (text: (context: SessionContext) => string): SessionTool =>
  async (context) => {
    await context.stdout(text(context));
    return 0;
  };

/** What is no option. */
export const args = (context: SessionContext): string[] =>
  context.argv.slice(1).filter((one) => !one.startsWith('-'));

/** The letters of short options, joined. */
export const flags = (context: SessionContext): string =>
  context.argv
    .slice(1)
    .filter((one) => /^-[a-zA-Z0-9]/.test(one))
    .join('');
