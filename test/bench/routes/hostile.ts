import { compileRoutes, request } from '@meshwright/route-matcher'
import type { Bar } from '../bar.ts'
import { contest } from './contest.ts'

const kilobyte = 1024
const sizes = [1, 4, 16, 64]

/** Patterns that a backtracking engine takes forever for, or nearly so, each with the text it is worst at. */
const hostile: readonly { readonly pattern: string; readonly text: (length: number) => string }[] =
  [
    { pattern: '/(a+)+$', text: (length) => `/${'a'.repeat(length)}!` },
    { pattern: '/(a|a)*b', text: (length) => `/${'a'.repeat(length)}` },
    { pattern: '/(.*a){8}x', text: (length) => `/${'a'.repeat(length)}` },
    { pattern: '/.*.*.*z', text: (length) => `/${'y'.repeat(length)}` },
    { pattern: '/([^/]+/)*x', text: (length) => `/${'ab/'.repeat(length / 3)}` },
    { pattern: '/[a-z]+[0-9]*[a-z]+$', text: (length) => `/${'a'.repeat(length)}!` },
    { pattern: '/.*/end', text: (length) => `${'/'.repeat(length)}` },
  ]

/** The time that a peer can make the matcher spend on a path, by the length of the path: a straight line if all is well. */
export function hostileBars(rounds: number): Bar[] {
  const contestants = hostile.flatMap(({ pattern, text }) => {
    const table = compileRoutes({
      virtualHosts: [
        {
          name: 'h',
          domains: ['*'],
          routes: [{ match: { safeRegex: { regex: pattern } }, directResponse: { status: 200 } }],
        },
      ],
    })
    return sizes.map((size) => {
      const asked = request({ authority: 'h', path: text(size * kilobyte) })
      return { name: nameOf(pattern, size), run: () => table.match(asked) }
    })
  })
  const results = contest(contestants, Math.max(1, Math.ceil(rounds / 2)))
  return hostile.map(({ pattern }) => {
    // Per byte, so that a straight line is 1 and a square 16.
    const growth = results.ratio(nameOf(pattern, 64), nameOf(pattern, 4)) / (64 / 4)
    const curve = sizes
      .map(
        (size) => `${size} KB: ${(results.nanoseconds(nameOf(pattern, size)) / 1e3).toFixed(0)} µs`,
      )
      .join(', ')
    return {
      what: `time per byte of 64 KB against 4 KB, \`${pattern.replaceAll('|', '\\|')}\``,
      unit: 'x' as const,
      measured: growth,
      atMost: 2,
      detail: curve,
    }
  })
}

function nameOf(pattern: string, size: number): string {
  return `${pattern} ${size} KB`
}
