import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'

/** How many of eight functions of some size V8 builds into the one that calls them all, as it tells of itself. */
function builtIn(tuned: boolean): number {
  const program = `
    const { tuneCompiler } = await import(${JSON.stringify(new URL('tune-compiler.ts', import.meta.url).href)})
    if (${tuned}) tuneCompiler()
    const body = Array.from({ length: 40 }, (_, i) => 'x = (x * ' + (i + 3) + ' + y) % ' + (1000 + i)).join(';')
    const [a, b, c, d, e, f, g, h] = Array.from({ length: 8 }, (_, i) => new Function('x', 'y', body + '; return x + ' + i))
    function caller(x) {
      return a(x, 1) + b(x, 2) + c(x, 3) + d(x, 4) + e(x, 5) + f(x, 6) + g(x, 7) + h(x, 8)
    }
    let sum = 0
    for (let i = 0; i < 200_000; i++) sum += caller(i)
    console.log(sum)
  `
  const told = execFileSync(
    process.execPath,
    ['--trace-turbo-inlining', '--input-type=module', '--eval', program],
    { encoding: 'utf8' },
  )
  return told.match(/^Inlining .*<SharedFunctionInfo>\} into /gm)?.length ?? 0
}

test('more functions are built into those that call them', () => {
  expect(builtIn(true)).toBeGreaterThan(builtIn(false))
})
