import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Bag, type Bagged } from './bag.ts'

test('holds what a set would hold, whatever comes and goes', () => {
  const steps = fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 20 })), { maxLength: 200 })
  fc.assert(
    fc.property(steps, (all) => {
      const items = Array.from({ length: 21 }, (_, name): Bagged & { name: number } => ({ name }))
      const bag = new Bag<Bagged & { name: number }>()
      const set = new Set<number>()
      for (const [comes, name] of all) {
        const item = items[name]
        if (item === undefined) throw new Error('there are 21 items')
        if (comes) {
          bag.add(item)
          set.add(name)
        } else expect(bag.delete(item)).toBe(set.delete(name))
        expect(bag.size).toBe(set.size)
      }
      const names = [...bag].map((it) => it.name)
      expect(names.toSorted((a, b) => a - b)).toEqual([...set].toSorted((a, b) => a - b))
    }),
  )
})

test('may change while somebody goes through it', () => {
  const bag = new Bag<Bagged>()
  const items: Bagged[] = [{}, {}, {}]
  for (const item of items) bag.add(item)

  const seen = [...bag].filter((item) => bag.delete(item))

  expect(seen).toHaveLength(3)
  expect(bag.size).toBe(0)
})

test('what is not in it is not taken out, not even from where another is', () => {
  const bag = new Bag<Bagged>()
  const [first, second]: [Bagged, Bagged] = [{}, {}]
  bag.add(first)
  bag.add(first)

  expect(bag.delete(second)).toBe(false)
  expect(bag.delete({ placeInBag: 0 })).toBe(false)
  expect(bag.size).toBe(1)
  expect(bag.delete(first)).toBe(true)
  expect(bag.delete(first)).toBe(false)
})

/** Bytes that are left after so many things came and went, as far as collections of young memory alone free them. */
function leftAfter(made: 'Bag' | 'Set'): number {
  const program = `
    const { Bag } = await import(${JSON.stringify(new URL('bag.ts', import.meta.url).href)})
    const all = new ${made}()
    const open = []
    gc(); gc()
    const before = process.memoryUsage().heapUsed
    for (let i = 0; i < 200_000; i++) {
      const item = { placeInBag: -1, weight: new Array(30).fill(i) }
      all.add(item)
      open.push(item)
      if (open.length > 16) all.delete(open.shift())
    }
    gc({ type: 'minor' }); gc({ type: 'minor' })
    console.log(process.memoryUsage().heapUsed - before)`
  const flags = ['--expose-gc', '--max-semi-space-size=1', '--input-type=module', '-e', program]
  const cwd = fileURLToPath(new URL('.', import.meta.url))
  return Number(execFileSync(process.execPath, flags, { cwd, encoding: 'utf8' }))
}

test('what has left it is freed by the collections of young memory, as it is not from a set', () => {
  expect(leftAfter('Bag') * 4).toBeLessThan(leftAfter('Set'))
})
