import { type Findings, fault } from './findings.ts'

/** The one member that is set of those that exclude each other; a fault, and undefined, unless it is exactly one. */
export function oneOf<const Name extends string>(
  message: Readonly<Partial<Record<Name, unknown>>>,
  names: readonly Name[],
  path: string,
  findings: Findings,
): Name | undefined {
  const given = names.filter((name) => message[name] !== undefined && message[name] !== null)
  if (given.length === 1) return given[0]
  const got = given.length === 0 ? 'none of them' : given.join(' and ')
  fault(findings, path, `expected one of ${names.join(', ')}, got ${got}`)
  return undefined
}
