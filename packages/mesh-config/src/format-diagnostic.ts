import type { Diagnostic } from './diagnostic.ts'

/**
 * A diagnostic on one line, as compilers write them, so that editors find the place.
 *
 * @example
 * ```ts
 * formatDiagnostic({ code: 'ERR_CONFIG_TYPE', severity: 'error', message: 'weight must be a number', file: 'a.yaml', line: 3, column: 7, path: 'spec' })
 * // => 'a.yaml:3:7: error: weight must be a number [ERR_CONFIG_TYPE]'
 * ```
 */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column, severity, message, path, got, code } = diagnostic
  const where = path === '' ? '' : ` (at ${path}${gotText(message, got)})`
  return oneLine(`${file}:${line}:${column}: ${severity}: ${message}${where} [${code}]`)
}

function gotText(message: string, got: string | undefined): string {
  return got === undefined || message.includes(got) ? '' : `, got ${got}`
}

/** Names come from files: a line break in one must not begin a new line of output. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ')
}
