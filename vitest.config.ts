import { defineConfig } from 'vitest/config';

// `unit` needs nothing but Node. `engines` starts each database engine of this machine once.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            '{packages,services,device-profiles,simulators}/**/*.test.ts',
            'test/{house,score,bench/end-to-end}/*.test.ts',
          ],
          exclude: ['**/node_modules/**'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'engines',
          include: ['test/{store,acceptance,bench,chaos,real-data}/*.test.ts'],
          globalSetup: 'test/support/database-engines.ts',
          testTimeout: 180_000,
          hookTimeout: 60_000,
          maxWorkers: 3,
        },
      },
    ],
  },
});
