import { expect, test } from 'vitest'
import { assertionsOf, fencesOf } from './fences.ts'

const fence = '```'

test('finds the ts fences and leaves out those that are not to be run', () => {
  const page = `${fence}ts\na()\n${fence}\n${fence}ts no-run\nb()\n${fence}\n${fence}sh\nc\n${fence}\n`

  expect(fencesOf(page)).toEqual(['a()\n'])
})

test('turns an arrow into an assertion on the expression', () => {
  expect(assertionsOf('add(1, 2) // => 3\n')).toContain('assert.deepStrictEqual(add(1, 2), 3)')
})

test('turns an arrow behind a declaration into an assertion on its name', () => {
  const program = assertionsOf('const sum = add(1, 2) // => 3\n')

  expect(program).toContain('const sum = add(1, 2)\nassert.deepStrictEqual(sum, 3)')
})
