import { everything, type Unknown } from '../language/language.ts'
import { oddityCost } from './cost.ts'
import type { Decision, Dimension, Test } from './dimension.ts'
import { decideTexts } from './text-dimension.ts'

/** One value of the dynamic metadata: missing, a text, a number, or any other JSON. */
export class MetadataDimension implements Dimension {
  readonly name: string
  readonly #filter: string
  readonly #path: readonly string[]

  constructor(filter: string, path: readonly string[]) {
    this.name = `metadata ${[filter, ...path].join(' ')}`
    this.#filter = filter
    this.#path = path
  }

  decide(tests: readonly Test[]): readonly Decision[] | Unknown {
    const ofTexts = tests.filter(({ language }) => language !== undefined)
    const texts = decideTexts(ofTexts, everything)
    if ('unknown' in texts) return texts
    const found = new Map<string, Decision>([['', { holds: [], cost: 0 }]])
    const add = (value: unknown, textTests: readonly number[]): void => {
      const passed = tests.filter(
        ({ number, accepts }) => accepts?.(value) ?? textTests.includes(number),
      )
      const holds = passed.map(({ number }) => number)
      if (!found.has(holds.join())) found.set(holds.join(), this.#decision(holds, value))
    }
    for (const { value, holds } of texts) add(value, holds)
    for (const value of others(tests)) add(value, [])
    return [...found.values()]
  }

  #decision(holds: readonly number[], value: unknown): Decision {
    return {
      holds,
      cost: oddityCost,
      write: (draft) => {
        draft.metadata.push([this.#filter, this.#path, value])
      },
    }
  }
}

/** One value of every kind that is no text; of the numbers, the bounds that tests know and one between each two. */
function others(tests: readonly Test[]): readonly unknown[] {
  const known = tests.flatMap(({ numbers = [] }) => numbers)
  const bounds = [...new Set(known)].sort((a, b) => a - b)
  const [least = 0] = bounds
  const between = bounds.map((bound, index) => (bound + (bounds[index + 1] ?? bound + 2)) / 2)
  return [true, false, null, ...bounds, least - 1, ...between, [], {}]
}
