import type { SuiteResult } from '../suite-result.ts'

/**
 * A suite as JUnit XML, which most CI systems show.
 *
 * @param name Of the suite, for example the path of its file.
 */
export function junitOf(name: string, { cases, failed }: SuiteResult): string {
  const counts = `tests="${cases.length}" failures="${failed}" errors="0" skipped="0"`
  const suite = `name="${escaped(name)}"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite ${suite} ${counts}>`,
    ...cases.map(({ name: caseName, failures }) => {
      const open = `    <testcase ${suite.replace('name=', 'classname=')} name="${escaped(caseName)}"`
      if (failures.length === 0) return `${open}/>`
      const [first] = failures
      const text = failures.map(
        ({ field, expected, actual }) => `${field}: expected ${expected}, got ${actual}`,
      )
      return [
        `${open}>`,
        `      <failure message="${escaped(text[0] ?? '')}" type="${escaped(first?.field ?? '')}">${escaped(text.join('\n'))}</failure>`,
        '    </testcase>',
      ].join('\n')
    }),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

/** Characters that XML has no way to write become U+FFFD. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(notXml, '\u{fffd}')
    .replaceAll(/[&<>"\n\t]/g, (character) => entities.get(character) ?? character)
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what XML cannot write
const notXml = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g

const entities: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ['\n', '&#10;'],
  ['\t', '&#9;'],
])
