import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const module = new URL('./lean-start.ts', import.meta.url).href

/** What V8 says of its compilers before, while and after a program starts that never says that it has. */
const program = `(async () => {
  const { setFlagsFromString } = await import('node:v8')
  const { beginLeanStart } = await import('${module}')
  setFlagsFromString('--allow-natives-syntax')
  const isUsual = new Function('return %IsTurbofanEnabled() && %IsSparkplugEnabled()')
  const seen = [isUsual()]
  beginLeanStart(20)
  seen.push(isUsual())
  const look = setInterval(() => {
    if (!isUsual()) return
    clearInterval(look)
    console.log(JSON.stringify([...seen, isUsual()]))
  }, 5)
})()`

test('a start that does not end is lean no longer than for a while', {
  timeout: 60_000,
}, async () => {
  const { NODE_OPTIONS: _, ...env } = process.env
  // Flags on the command line are flags of the user's, so that the program comes from the standard input.
  const running = promisify(execFile)(process.execPath, [], { env, timeout: 30_000 })
  running.child.stdin?.end(program)
  const { stdout } = await running
  expect(JSON.parse(stdout)).toEqual([true, false, true])
})
