import type { Report } from '../field.ts'

/** Reports that something must be there. */
export function missing(report: Report, path: readonly (string | number)[], message: string): void {
  report(path, { code: 'ERR_CONFIG_MISSING', message })
}

/** Reports every item of `names` that was there before, at its place in the list. */
export function repeated(
  report: Report,
  names: readonly (string | number | undefined)[],
  say: { readonly path: (index: number) => readonly (string | number)[]; readonly what: string },
): void {
  const seen = new Set<string | number>()
  for (const [index, name] of names.entries()) {
    if (name === undefined) continue
    if (seen.has(name)) {
      report(say.path(index), {
        code: 'ERR_CONFIG_DUPLICATE',
        message: `${say.what} ${name} is there twice`,
        got: String(name),
      })
    }
    seen.add(name)
  }
}
