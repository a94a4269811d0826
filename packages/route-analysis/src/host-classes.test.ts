import { compileRoutes, type RouteConfigurationJson, request } from '@meshwright/route-matcher'
import { seededRandom } from '@meshwright/testkit'
import { expect, test } from 'vitest'
import { analyzeRoutes } from './analyze-routes.ts'
import { diffRoutes } from './diff-routes.ts'
import type { Outcome } from './outcome.ts'

/** Every text of so many of the letters. */
function textsOf(letters: string, longest: number): string[] {
  const texts = ['']
  for (let from = 0; (texts[from]?.length ?? longest) < longest; from++) {
    for (const letter of letters) texts.push(`${texts[from]}${letter}`)
  }
  return texts.slice(1)
}

const parts = textsOf('ab.', 2)
/** With a letter that no domain has: it stands for all the others. */
const hosts = textsOf('abc.', 6)

function configuration(random: () => number) {
  const wild = () => parts[Math.floor(random() * parts.length)] ?? 'a'
  const domains = new Set(
    Array.from({ length: 1 + Math.floor(random() * 7) }, () => {
      const kind = random()
      if (kind < 0.35) return wild()
      if (kind < 0.65) return `*${wild()}`
      return kind < 0.9 ? `${wild()}*` : '*'
    }),
  )
  return {
    virtualHosts: [...domains].map((domain, index) => ({
      name: `host-${index}`,
      domains: [domain],
      routes: [{ match: { prefix: '/' }, route: { cluster: `cluster-${index % 3}` } }],
    })),
  }
}

/** What all hosts say: the virtual hosts they lead to, and the changes of cluster. */
function truthOf(before: RouteConfigurationJson, after: RouteConfigurationJson) {
  const tables = [compileRoutes(before), compileRoutes(after)]
  const reached = new Set<string>()
  const changes = new Set<string>()
  for (const authority of hosts) {
    const [old, young] = tables.map((table) => table.match(request({ authority, path: '/' })))
    if (old !== undefined) reached.add(old.virtualHost.name)
    if (old?.cluster !== young?.cluster) changes.add([old?.cluster, young?.cluster].join(' '))
  }
  return { reached, changes }
}

function clusterOf({ shares: [share] }: Outcome): string | undefined {
  return share?.answer?.kind === 'cluster' ? share.answer.clusters[0]?.cluster : undefined
}

test('of 100 random pairs of domain lists, every host of up to six characters agrees', {
  timeout: 60_000,
}, () => {
  const random = seededRandom(7)
  const statuses: string[] = []
  for (let turn = 0; turn < 100; turn++) {
    const [before, after] = [configuration(random), configuration(random)]
    const { reached, changes } = truthOf(before, after)
    const both = JSON.stringify([before, after])

    const found = analyzeRoutes(before).routes
    const { classes } = diffRoutes(before, after)

    for (const { ref, status } of found) {
      expect(status, both).toBe(reached.has(ref.virtualHost) ? 'reachable' : 'unreachable')
      statuses.push(status)
    }
    const told = classes.map((it) => [clusterOf(it.before), clusterOf(it.after)].join(' '))
    expect(new Set(told), both).toEqual(changes)
  }
  expect(statuses.filter((status) => status === 'reachable').length).toBeGreaterThan(100)
})
