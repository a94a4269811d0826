// Runs routes.test.ts with vitest, as `npx vitest run` would, and prints a line per test.
import { fileURLToPath } from 'node:url'
import { startVitest } from 'vitest/node'

const root = fileURLToPath(new URL('.', import.meta.url))
const vitest = await startVitest('test', [], {
  root,
  config: false,
  watch: false,
  include: ['routes.test.ts'],
  reporters: [
    {
      onTestCaseResult: (test) => console.log(`${test.result().state}: ${test.name}`),
    },
  ],
})
await vitest.close()
