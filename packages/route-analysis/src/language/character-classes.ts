import { type CodePointSet, everyCodePoint, invert, joinRanges } from './code-points.ts'

const digits: CodePointSet = [[0x30, 0x39]]
const upper: CodePointSet = [[0x41, 0x5a]]
const lower: CodePointSet = [[0x61, 0x7a]]
const letters: CodePointSet = [...upper, ...lower]
const alphanumeric: CodePointSet = [...digits, ...letters]

/** What `\d`, `\s` and `\w` stand for in RE2: ASCII only, and no vertical tab among the spaces. */
export const perlClasses: ReadonlyMap<string, CodePointSet> = new Map([
  ['d', digits],
  [
    's',
    [
      [0x09, 0x0a],
      [0x0c, 0x0d],
      [0x20, 0x20],
    ],
  ],
  ['w', joinRanges([...alphanumeric, [0x5f, 0x5f]])],
])

/** What `[[:name:]]` stands for in RE2, by name. */
export const posixClasses: ReadonlyMap<string, CodePointSet> = new Map<string, CodePointSet>([
  ['alnum', alphanumeric],
  ['alpha', letters],
  ['ascii', [[0x00, 0x7f]]],
  [
    'blank',
    joinRanges([
      [0x09, 0x09],
      [0x20, 0x20],
    ]),
  ],
  [
    'cntrl',
    joinRanges([
      [0x00, 0x1f],
      [0x7f, 0x7f],
    ]),
  ],
  ['digit', digits],
  ['graph', [[0x21, 0x7e]]],
  ['lower', lower],
  ['print', [[0x20, 0x7e]]],
  [
    'punct',
    joinRanges([
      [0x21, 0x2f],
      [0x3a, 0x40],
      [0x5b, 0x60],
      [0x7b, 0x7e],
    ]),
  ],
  [
    'space',
    joinRanges([
      [0x09, 0x0d],
      [0x20, 0x20],
    ]),
  ],
  ['upper', upper],
  ['word', joinRanges([...alphanumeric, [0x5f, 0x5f]])],
  ['xdigit', joinRanges([...digits, [0x41, 0x46], [0x61, 0x66]])],
])

/** What `.` stands for. */
export function anyCharacter(newlineToo: boolean): CodePointSet {
  return newlineToo ? everyCodePoint : invert([[0x0a, 0x0a]])
}
