import { defineConfig } from 'vitest/config'

const conditions = ['@meshwright/source']
const source = { resolve: { conditions }, ssr: { resolve: { conditions } } }

export default defineConfig({
  ...source,
  test: {
    projects: [
      {
        ...source,
        test: {
          name: 'unit',
          setupFiles: ['packages/mini-proxy/test/leaks/setup.ts'],
          include: [
            'packages/*/{src,test}/**/*.test.ts',
            'tools/**/*.test.ts',
            'test/bench/**/*.test.ts',
          ],
        },
      },
      {
        ...source,
        test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], testTimeout: 60_000 },
      },
      {
        ...source,
        test: {
          name: 'interop',
          include: ['test/interop/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
