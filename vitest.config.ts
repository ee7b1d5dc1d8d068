import { defineConfig } from 'vitest/config';

export default defineConfig({
  // NODE_ENV is production below, where React has no jsxDEV.
  oxc: { jsx: { runtime: 'automatic', development: false } },
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    globalSetup: ['test/helpers/build-once.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Scenarios mostly wait for a launch: one worker a core would leave the machine idle.
    maxWorkers: 3,
    env: { NODE_ENV: 'production', FORCE_COLOR: '0' },
  },
});
