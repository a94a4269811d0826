import type { EnumJson } from './config.ts'
import { type Findings, fault } from './findings.ts'

/** The name of an enum's value, given by name or number; the first name if it is not given. Names are in the order of their numbers. */
export function enumName<const Name extends string>(
  value: EnumJson | undefined,
  names: readonly Name[],
  path: string,
  findings: Findings,
): Name | '' {
  const found = typeof value === 'string' ? names.find((name) => name === value) : names[value ?? 0]
  if (found !== undefined) return found
  fault(findings, path, `expected one of ${names.join(', ')}, got ${JSON.stringify(value)}`)
  return names[0] ?? ''
}
