import { inspect } from 'node:util'

/** What to print of an error: one line, or with `verbose` its stack and causes as well. */
export function describeError(error: unknown, verbose: boolean): string {
  const message = error instanceof Error ? error.message : String(error)
  const line = `meshwright: ${message.replace(/\p{Cc}+/gu, ' ')}\n`
  return verbose ? `${line}${inspect(error)}\n` : line
}
