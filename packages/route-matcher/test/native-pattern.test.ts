import { seededRandom } from '@meshwright/testkit'
import { RE2JS } from 're2js'
import { describe, expect, test } from 'vitest'
import type { CharSet } from '../src/regex/char-set.ts'
import { isRun, isRunOfPath } from '../src/regex/literal-run.ts'
import { nativePattern } from '../src/regex/native-pattern.ts'
import { type Pattern, parsePattern } from '../src/regex/pattern-syntax.ts'
import { re2Engine } from '../src/regex/re2-engine.ts'

const characters = ['a', 'b', 'c', 'A', '0', '7', '/', '-', '_', '.', ' ', '\t', '\v', '\n', '\r']
const rare = [
  '\u00a0',
  '\u00e9',
  '\u2028',
  '\ufeff',
  '\u{1f600}',
  '\ud83d',
  '\ude00',
  '$',
  '{',
  ']',
]
const escapes = ['\\d', '\\D', '\\w', '\\W', '\\s', '\\S', '\\.', '\\/', '\\-', '\\n', '\\t', '\\$']
const classes = ['[abc]', '[^/]', '[a-c]', '[0-9a]', '[^a-c]', '[\\w-]', '[-a]', '[^\\s/]', '[é-ë]']
const odd = [
  '(?i)a',
  '[[:alpha:]]',
  '\\pL',
  '\\bab',
  '(?P<x>a)',
  'a**',
  'x{2',
  '(?s).',
  '[]a]',
  '\\Q.\\E',
]

interface Drawn {
  readonly pattern: string
  /** A text that it may well match. */
  readonly text: string
}

/** Draws patterns, each with a text made along with it. */
function drawing(random: () => number) {
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const character = () => (random() < 0.1 ? one(rare) : one(characters))
  const text = (most: number) =>
    Array.from({ length: Math.floor(random() * most) }, character).join('')
  const atom = (depth: number): Drawn => {
    const kind = random()
    if (kind < 0.45) {
      const char = one(['a', 'b', '/', '0', '-', '_', 'é', '\u{1f600}', ' '])
      return { pattern: char, text: char }
    }
    if (kind < 0.6) return { pattern: one(escapes), text: character() }
    if (kind < 0.75) return { pattern: one(classes), text: one(['a', 'b', '0', '-', '/']) }
    if (kind < 0.83) return { pattern: '.', text: character() }
    if (kind < 0.85) return { pattern: one(odd), text: 'a' }
    if (depth === 0) return { pattern: 'a', text: 'a' }
    const [left, right] = [sequence(depth - 1), sequence(depth - 1)]
    const open = one(['(', '(?:'])
    if (random() < 0.5) return { pattern: `${open}${left.pattern})`, text: left.text }
    return {
      pattern: `${open}${left.pattern}|${right.pattern})`,
      text: one([left.text, right.text]),
    }
  }
  const part = (depth: number): Drawn => {
    const { pattern, text: once } = atom(depth)
    if (random() < 0.6) return { pattern, text: once }
    const count = one(['*', '+', '?', '{2}', '{1,3}', '{0,2}', '{2,}', '*?', '+?'])
    return { pattern: pattern + count, text: once.repeat(Math.floor(random() * 4)) }
  }
  const sequence = (depth: number): Drawn => {
    const parts = Array.from({ length: 1 + Math.floor(random() * 4) }, () => part(depth))
    return {
      pattern: parts.map((it) => it.pattern).join(''),
      text: parts.map((it) => it.text).join(''),
    }
  }
  const whole = (): Drawn => {
    const { pattern, text: drawn } = sequence(2)
    return {
      pattern: `${one(['', '', '^'])}${pattern}${one(['', '', '$'])}`,
      text: one([drawn, drawn, drawn + character(), text(8)]),
    }
  }
  return { whole, text }
}

function re2(pattern: string): RE2JS | undefined {
  try {
    return RE2JS.compile(pattern)
  } catch {
    return undefined
  }
}

describe('a pattern for the native engine', () => {
  test('means what RE2 means by it, for every text', () => {
    const draw = drawing(seededRandom(1))
    const seen = { native: 0, matched: 0, missed: 0 }
    for (let i = 0; i < 8000; i++) {
      const { pattern, text } = draw.whole()
      const native = nativePattern(pattern)
      if (native === undefined) continue
      seen.native++
      const expected = RE2JS.compile(pattern)
      const regex = new RegExp(native.source, 'u')
      const engine = re2Engine.compile(pattern)
      expect({ pattern, groups: native.groupCount }).toEqual({
        pattern,
        groups: expected.groupCount(),
      })
      const texts = [text, draw.text(6), '']
      const answers = texts.map((it) => expected.testExact(it))
      expect(texts.map((it) => engine.matches(it))).toEqual(answers)
      expect({ pattern, texts, answers: texts.map((it) => regex.test(it)) }).toEqual({
        pattern,
        texts,
        answers,
      })
      seen.matched += answers.filter(Boolean).length
      seen.missed += answers.filter((it) => !it).length
    }
    expect(seen.native).toBeGreaterThan(2000)
    expect(seen.matched).toBeGreaterThan(1000)
    expect(seen.missed).toBeGreaterThan(1000)
  })

  test('that is a text and a run of characters means the same without an engine', () => {
    const random = seededRandom(4)
    const draw = drawing(random)
    const sets = [...classes, '.', '\\d', '\\S', '[^0-9]']
    const answers = Array.from({ length: 2000 }, (_, i) => {
      const set = sets[Math.floor(random() * sets.length)] ?? '.'
      const pattern = `${['/a', ''][i % 2]}${set}${['*', '+', '{2}', '{1,3}', '?'][i % 5]}`
      const text = `/a${draw.text(5)}`.slice(i % 3)
      const run = nativePattern(pattern)?.run
      const answer = run === undefined ? 'no run' : isRun(run, text)
      const expected = answer === undefined ? undefined : RE2JS.compile(pattern).testExact(text)
      expect({ pattern, text, answer }).toEqual({ pattern, text, answer: expected })
      return answer
    })
    expect(answers.filter((it) => it === true).length).toBeGreaterThan(100)
    expect(answers.filter((it) => it === false).length).toBeGreaterThan(100)
  })

  test('that is a text and a run of characters ends where a path ends', () => {
    const random = seededRandom(5)
    const draw = drawing(random)
    const sets = [...classes, '.', '\\d', '\\S', '[^0-9]']
    const answers = Array.from({ length: 3000 }, (_, i) => {
      const set = sets[Math.floor(random() * sets.length)] ?? '.'
      const run = nativePattern(`/a${set}${['*', '+', '{2}', '{1,3}', '?'][i % 5]}`)?.run
      const path = `/a${draw.text(5)}`.replace(/[?#]/g, '')
      const more = `${path}${['', '?q', '#f', '?q#f'][i % 4]}`
      const answer = run && isRunOfPath(run, more, run.literal.length)
      const expected = run && isRun(run, path)
      // A character that no run knows may stand behind one that decides already.
      return answer === undefined || expected === undefined
        ? { more, answer: undefined, expected: undefined }
        : { more, answer, expected }
    })
    expect(answers.filter(({ answer, expected }) => answer !== expected)).toEqual([])
    expect(answers.filter(({ answer }) => answer === true).length).toBeGreaterThan(200)
    expect(answers.filter(({ answer }) => answer === false).length).toBeGreaterThan(200)
  })

  test('takes a number of steps that grows as the text does, whatever the text', () => {
    const draw = drawing(seededRandom(2))
    let tried = 0
    for (let i = 0; i < 3000; i++) {
      const { pattern, text } = draw.whole()
      if (nativePattern(pattern) === undefined) continue
      for (const pump of ['a', 'ab', '/', 'a/', '0', text.slice(0, 4)]) {
        const growth = growthOf(pattern, pump)
        tried++
        if (growth > 2.5) expect({ pattern, pump, growth }).toEqual('linear')
      }
    }
    expect(tried).toBeGreaterThan(5000)
  })

  test.each([
    ['(a+)+', 'a'],
    ['(a|a)*', 'a'],
    ['a*a*a*', 'a'],
    ['(.*a){3}', 'a'],
    ['.*.*', 'a'],
    ['([a-z]+[0-9]*)*', 'a'],
    ['[a-z]+[0-9]*[a-z]+', 'a'],
  ])('is never %s, whose steps grow faster', (pattern, pump) => {
    // The measure of the test above sees it, too.
    expect(growthOf(pattern, pump, 12)).toBeGreaterThan(2.5)
    expect(nativePattern(pattern)).toBeUndefined()
  })

  test.each([
    '/a+/x',
    '/api/v\\d+/.*',
    '.*\\.png',
    '/([^/]+)/items/([0-9]+)',
    '^/a|/b$',
    '(ab|cd)+x',
    '/a(bc|bd)e?',
  ])('may be %s', (pattern) => {
    expect(nativePattern(pattern)).toBeDefined()
  })
})

describe('the engine that is built in', () => {
  test('refuses what RE2 refuses, and counts the groups', () => {
    const draw = drawing(seededRandom(3))
    const broken = ['(', 'a**', '[b-a]', 'a{2,1}', 'a{1001}', '\\8', '*a', '(?=a)', '\\', ')']
    let refused = 0
    for (let i = 0; i < 5000; i++) {
      const pattern = draw.whole().pattern + (i % 3 === 0 ? (broken[i % broken.length] ?? '') : '')
      const expected = re2(pattern)
      if (expected === undefined) {
        refused++
        expect(() => re2Engine.compile(pattern)).toThrow()
      } else expect(re2Engine.compile(pattern).groupCount).toBe(expected.groupCount())
    }
    expect(refused).toBeGreaterThan(500)
  })

  test('matches a text too long for a stack of choices', () => {
    const regex = re2Engine.compile('(/[a-z]+)*x')
    const long = '/ab'.repeat(100_000)
    expect(regex.matches(`${long}x`)).toBe(true)
    expect(regex.matches(long)).toBe(false)
  })

  test('replaces by RE2, whichever engine matches', () => {
    expect(re2Engine.compile('/v(\\d+)').replaceAll('/v1/v22', '<\\1>')).toBe('<1><22>')
  })
})

/** How many times the steps a text of twice the length takes, a text that fails at its very end. */
function growthOf(pattern: string, pump: string, repeats = 60): number {
  const parsed = parsePattern(pattern)
  if (parsed === undefined) throw new Error(`${pattern} is not plain`)
  const [short, long] = [repeats, 2 * repeats].map((times) =>
    stepsOf(parsed.pattern, [...pump.repeat(times), '\u{10ffff}', '\n']),
  )
  return (long ?? 0) / (short ?? 1)
}

const mostSteps = 3_000_000

/** The steps of a plain backtracking matcher: one for every part of the pattern that it tries at some place. */
function stepsOf(pattern: Pattern, text: readonly string[]): number {
  let steps = 0
  const run = (it: Pattern, at: number, then: (at: number) => boolean): boolean => {
    if (steps++ > mostSteps) return true
    switch (it.kind) {
      case 'literal': {
        const chars = [...it.text]
        return chars.every((char, i) => text[at + i] === char) && then(at + chars.length)
      }
      case 'set':
        return has(it.set, text[at]) && then(at + 1)
      case 'sequence': {
        const from = (i: number, place: number): boolean => {
          const part = it.parts[i]
          return part === undefined ? then(place) : run(part, place, (next) => from(i + 1, next))
        }
        return from(0, at)
      }
      case 'choice':
        return it.branches.some((branch) => run(branch, at, then))
      case 'repeat': {
        const again = (count: number, place: number): boolean => {
          const more =
            count < it.max && run(it.body, place, (next) => next > place && again(count + 1, next))
          return more || (count >= it.min && then(place))
        }
        return again(0, at)
      }
    }
  }
  run(pattern, 0, (at) => at === text.length)
  return steps
}

function has(set: CharSet, char: string | undefined): boolean {
  const code = char?.codePointAt(0)
  return code !== undefined && set.some(([low, high]) => code >= low && code <= high)
}
