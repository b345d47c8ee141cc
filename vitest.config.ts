import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            '{packages,services,device-profiles,simulators,infra}/**/*.test.ts',
            'test/house/*.test.ts',
          ],
          exclude: ['**/node_modules/**'],
        },
      },
    ],
  },
});
