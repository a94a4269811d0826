import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { run } from '../src/index.ts'

const example = fileURLToPath(new URL('../../../examples/06-test-routes/', import.meta.url))

test('the commands of the example workflow are commands, and pass where nothing changes', async () => {
  const text = await readFile(`${example}github-workflow.yaml`, 'utf8')
  const commands = [...text.matchAll(/npx meshwright ([^\n>|]+)/g)].map(([, args = '']) =>
    args
      .trim()
      .split(' ')
      .map((word) =>
        /^(?:"\$RUNNER_TEMP\/before\/)?mesh"?$/.test(word) ? `${example}mesh` : word,
      ),
  )
  expect(commands.map(([, name]) => name)).toEqual(['unreachable', 'diff'])
  for (const args of commands) {
    let stdout = ''
    const code = await run(args, {
      stdout: (chunk) => {
        stdout += chunk
      },
    })
    expect([args[1], code]).toEqual([args[1], 0])
    expect(stdout).not.toBe('')
  }
})
