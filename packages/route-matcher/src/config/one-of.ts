import { type Findings, fault } from './findings.ts'

/** The one member that is set of those that exclude each other; a fault, and undefined, unless it is exactly one. */
export function oneOf<const Name extends string>(
  message: Readonly<Partial<Record<Name, unknown>>>,
  names: readonly Name[],
  path: string,
  findings: Findings,
): Name | undefined {
  const given = membersOf(message, names)
  if (given.length === 1) return given[0]
  const got = given.length === 0 ? 'none of them' : given.join(' and ')
  fault(findings, path, `expected one of ${names.join(', ')}, got ${got}`)
  return undefined
}

/** A fault if more than one is set of those that exclude each other. */
export function atMostOne<const Name extends string>(
  message: Readonly<Partial<Record<Name, unknown>>>,
  names: readonly Name[],
  path: string,
  findings: Findings,
): void {
  const given = membersOf(message, names)
  if (given.length < 2) return
  fault(findings, path, `expected at most one of ${names.join(', ')}, got ${given.join(' and ')}`)
}

function membersOf<const Name extends string>(
  message: Readonly<Partial<Record<Name, unknown>>>,
  names: readonly Name[],
): readonly Name[] {
  return names.filter((name) => message[name] !== undefined && message[name] !== null)
}
