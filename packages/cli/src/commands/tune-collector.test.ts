import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { expect, test } from 'vitest'

/** How many tasks a collection of young objects is parted into, in a process that was tuned for so many cores, as V8 tells of itself. */
function tasksPerCollection(cores: number): number {
  const program = `
    const { tuneCollector } = await import(${JSON.stringify(new URL('tune-collector.ts', import.meta.url).href)})
    tuneCollector(${cores})
    console.log('tuned')
    const kept = []
    for (let i = 0; i < 2_000_000; i++) kept[i % 20_000] = { text: 'x' + i }
  `
  const told = execFileSync(
    process.execPath,
    ['--trace-gc', '--trace-parallel-scavenge', '--input-type=module', '--eval', program],
    { encoding: 'utf8' },
  )
  const [, since = ''] = told.split('tuned')
  const collections = since.match(/: Scavenge /g) ?? []
  const tasks = since.match(/ scavenge\[/g) ?? []
  expect(collections.length).toBeGreaterThan(3)
  return tasks.length / collections.length
}

test('on one core, nothing is parted between threads', () => {
  expect(tasksPerCollection(1)).toBe(1)
  expect(tasksPerCollection(2) > 1).toBe(availableParallelism() > 1)
})
