import type { Decision, Dimension, Space, Test } from './dimension.ts'

/** The authority as it was sent; its ways to be decided come with the space. */
export class AuthorityDimension implements Dimension {
  readonly name = 'authority'

  decide(tests: readonly Test[], { hosts }: Space): readonly Decision[] {
    const asked = new Set(tests.map(({ number }) => number))
    const found = new Map<string, Decision>()
    for (const { authority, holds } of hosts) {
      const here = holds.filter((number) => asked.has(number))
      const key = here.join()
      if (found.has(key)) continue
      found.set(key, {
        holds: here,
        cost: 0,
        write: (draft) => {
          draft.authority = authority
        },
      })
    }
    return [...found.values()]
  }
}
