import fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitDocuments } from './split-documents.ts'

test('cuts at markers and knows where each piece begins', () => {
  const text = '# intro\na: 1\n---\nb: 2\n...\n---\n# nothing\n--- {c: 3}\n'

  expect(splitDocuments(text)).toEqual([
    { text: '# intro\na: 1\n', line: 1 },
    { text: '---\nb: 2\n...\n', line: 3 },
    { text: '--- {c: 3}\n', line: 8 },
  ])
})

test('cuts at no line that only looks like a marker', () => {
  const text = 'a: |\n  ---\n  ...\nb: "---"\n---x: 1\n'

  expect(splitDocuments(text)).toEqual([{ text, line: 1 }])
})

test('gives nothing for nothing', () => {
  expect(['', '\n', '---\n---\n', '# only\n'].map(splitDocuments)).toEqual([[], [], [], []])
})

test('every piece stands in the text at its line', () => {
  const unit = fc.constantFrom(
    'a: 1\n',
    '---\n',
    '...\n',
    '# c\n',
    '\n',
    '%YAML 1.2\n',
    '  b: 2\n',
    '--- x\n',
  )
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 12 }), (text) => {
      const lines = text.split('\n')
      for (const piece of splitDocuments(text)) {
        expect(
          lines
            .slice(piece.line - 1)
            .join('\n')
            .startsWith(piece.text),
        ).toBe(true)
      }
    }),
  )
})
