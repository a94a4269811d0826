import { describe, expect, it } from 'vitest'
import { type Bar, barTable, committedBar, isHeld, isOff } from './bar.ts'

const atMost: Bar = {
  what: 'a cost',
  unit: 'x',
  measured: 0.65,
  atMost: 0.7,
  stretch: 0.6,
  detail: 'made up',
}
const atLeast: Bar = { what: 'a gain', unit: 'x', measured: 3, atLeast: 2.8, detail: 'made up' }
const hope: Bar = { what: 'a hope', unit: 'x', measured: 1.1, stretch: 1, detail: 'made up' }
const fact: Bar = { what: 'a fact', unit: 'ms', measured: 5, detail: 'made up' }

describe('a bar', () => {
  it('is held up to its limit and not beyond, in either direction', () => {
    expect(isHeld({ ...atMost, measured: 0.7 })).toBe(true)
    expect(isHeld({ ...atMost, measured: 0.701 })).toBe(false)
    expect(isHeld({ ...atLeast, measured: 2.8 })).toBe(true)
    expect(isHeld({ ...atLeast, measured: 2.79 })).toBe(false)
  })

  it('is not held by what was not measured', () => {
    expect(isHeld({ ...atMost, measured: Number.NaN })).toBe(false)
    expect(isOff({ ...atMost, measured: Number.NaN }, 0.6)).toBe(true)
    expect(isOff({ ...hope, measured: Number.NaN }, undefined)).toBe(true)
  })

  it('is committed with whether what must be and what is hoped for is so, each where there is one', () => {
    const held = (bar: Bar): unknown[] => [committedBar(bar).held, committedBar(bar).stretchHeld]
    expect(held(atMost)).toEqual([true, false])
    expect(held({ ...atMost, measured: 0.6 })).toEqual([true, true])
    expect(held({ ...atMost, measured: 0.8 })).toEqual([false, false])
    expect(held(atLeast)).toEqual([true, undefined])
    expect(held({ ...atLeast, stretch: 3 })).toEqual([true, true])
    expect(held({ ...atLeast, stretch: 4 })).toEqual([true, false])
    expect(held(hope)).toEqual([undefined, false])
    expect(held({ ...hope, measured: 0.9 })).toEqual([undefined, true])
    expect(held(fact)).toEqual([undefined, undefined])
  })

  it('stands in the table with its limits in words', () => {
    const [head, , ...rows] = barTable([
      ...[atMost, atLeast, hope, fact],
      ...[
        { ...atMost, measured: 0.6 },
        { ...atMost, measured: 0.8 },
      ],
    ]).split('\n')
    expect(head).toBe('| what | must | stretch | measured | held | from |')
    expect(rows).toEqual([
      '| a cost | <= 0.7 x | <= 0.6 x | 0.650 x | yes | made up |',
      '| a gain | >= 2.8 x | – | 3.00 x | yes | made up |',
      '| a hope | – | <= 1 x | 1.10 x | stretch: no | made up |',
      '| a fact | – | – | 5.00 ms | – | made up |',
      '| a cost | <= 0.7 x | <= 0.6 x | 0.600 x | yes, and the stretch | made up |',
      '| a cost | <= 0.7 x | <= 0.6 x | 0.800 x | NO | made up |',
    ])
  })
})

describe('a regression', () => {
  it('is twice as bad as both the bar and the committed result', () => {
    expect(isOff({ ...atMost, measured: 1.41 }, 0.5)).toBe(true)
    expect(isOff({ ...atMost, measured: 1.39 }, 0.5)).toBe(false)
    expect(isOff({ ...atMost, measured: 1.41 }, 0.9)).toBe(false)
    expect(isOff({ ...atMost, measured: 1.81 }, 0.9)).toBe(true)
    expect(isOff({ ...atLeast, measured: 1.39 }, 4)).toBe(true)
    expect(isOff({ ...atLeast, measured: 1.41 }, 4)).toBe(false)
    expect(isOff({ ...atLeast, measured: 0.9 }, 2)).toBe(true)
  })

  it('is measured by the bar alone where nothing was committed, and by what was committed where there is no bar', () => {
    expect(isOff({ ...atMost, measured: 1.41 }, undefined)).toBe(true)
    expect(isOff({ ...atLeast, measured: 1.3 }, undefined)).toBe(true)
    expect(isOff({ ...hope, measured: 2.1 }, 1)).toBe(true)
    expect(isOff({ ...hope, measured: 1.9 }, 1)).toBe(false)
    expect(isOff({ ...hope, measured: 100 }, undefined)).toBe(false)
  })

  it('is looked for with more slack where a bar says so', () => {
    expect(isOff({ ...atMost, measured: 5.5, slack: 8 }, undefined)).toBe(false)
    expect(isOff({ ...atMost, measured: 5.7, slack: 8 }, undefined)).toBe(true)
  })
})
