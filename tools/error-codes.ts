import { globSync, readFileSync } from 'node:fs'

const literal = /'((?:ERR|WARN)_[A-Z0-9_]+)'/g
const inPage = /`((?:ERR|WARN)_[A-Z0-9_]+)`/g

/** The codes of errors and diagnostics that a program text gives, in order, each once. */
export function codesOfSource(text: string): string[] {
  return sortedCodes(text, literal)
}

/** The codes that the error page explains, in order, each once. */
export function codesOfPage(markdown: string): string[] {
  const rows = markdown.split('\n').filter((line) => line.startsWith('| `'))
  return sortedCodes(rows.join('\n'), inPage)
}

/** The text of every source file of every package, tests excepted. */
export function packageSources(root = '.'): string {
  return globSync('packages/*/src/**/*.ts', { cwd: root })
    .filter((path) => !path.endsWith('.test.ts'))
    .map((path) => readFileSync(`${root}/${path}`, 'utf8'))
    .join('\n')
}

function sortedCodes(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, code = '']) => code))].sort()
}
