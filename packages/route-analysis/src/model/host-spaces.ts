import type { Unknown } from '../language/language.ts'
import { authorityCells } from './authority-cells.ts'
import type { HostExample, Space } from './dimension.ts'
import type { Domains } from './domains.ts'
import { hostClasses } from './host-classes.ts'
import type { RequestParts } from './request-parts.ts'

/** Requests whose hosts lead to the same virtual hosts. */
export interface HostSpace {
  /** Per configuration the virtual host; -1: none. */
  readonly virtualHosts: readonly number[]
  /** Their hosts, at least one. */
  readonly hosts: readonly HostExample[]
}

/** Partitions the requests by virtual host. All conditions must have been read. */
export function hostSpaces(
  sides: readonly Domains[],
  parts: RequestParts,
): readonly HostSpace[] | Unknown {
  const authority = parts.vocabulary.find('authority')
  const alike = sides.every(({ ignorePort }) => ignorePort === sides[0]?.ignorePort)
  if (authority !== undefined || !alike) {
    const tests = authority === undefined ? [] : parts.vocabulary.testsIn(authority)
    return authorityCells(sides, tests)
  }
  const classes = hostClasses(sides)
  if ('unknown' in classes) return classes
  return classes.map(({ virtualHosts, authority: host }) => ({
    virtualHosts,
    hosts: [{ authority: host, holds: [] }],
  }))
}

/** The forms of requests to hosts. */
export function spacesOf({ hosts }: HostSpace): readonly Space[] {
  return [
    { form: 'origin', hosts },
    { form: 'asterisk', hosts },
    { form: 'empty', hosts },
  ]
}
