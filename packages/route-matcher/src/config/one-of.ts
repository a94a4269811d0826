import { type Findings, fault } from './findings.ts'

/** The one member that is set of those that exclude each other; a fault, and undefined, unless it is exactly one. */
export function oneOf<const Name extends string>(
  message: Readonly<Partial<Record<Name, unknown>>>,
  names: readonly Name[],
  path: string,
  findings: Findings,
): Name | undefined {
  if (countOf(message, names) === 1) {
    return names.find((name) => message[name] !== undefined && message[name] !== null)
  }
  const given = membersOf(message, names)
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
  if (countOf(message, names) < 2) return
  const given = membersOf(message, names)
  fault(findings, path, `expected at most one of ${names.join(', ')}, got ${given.join(' and ')}`)
}

/** Without a list of them: this is asked of every route of a table. */
function countOf<const Name extends string>(
  message: Readonly<Partial<Record<Name, unknown>>>,
  names: readonly Name[],
): number {
  let count = 0
  for (const name of names) if (message[name] !== undefined && message[name] !== null) count++
  return count
}

function membersOf<const Name extends string>(
  message: Readonly<Partial<Record<Name, unknown>>>,
  names: readonly Name[],
): readonly Name[] {
  return names.filter((name) => message[name] !== undefined && message[name] !== null)
}
