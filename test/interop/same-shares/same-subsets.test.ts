// Drawn subset configurations, given to real Envoy and to the mini-proxy: the same hosts serve what each route asks for.
import { seededRandom } from '@meshwright/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { drawFrom } from '../same-hosts/draw.ts'
import { BothProxies, bootstrapOf, startHost } from './both-proxies.ts'
import { type DrawnSubsets, drawSubsets } from './drawn-subsets.ts'

const clusterCount = 60
/** Twice as many as there are hosts at most: all of a subset get their turn. */
const requestsEach = 14

interface Compared {
  readonly question: string
  readonly envoy: string
  readonly ours: string
}

const servers: Awaited<ReturnType<typeof startHost>>[] = []
const drawn: DrawnSubsets[] = []

beforeAll(async () => {
  for (let i = 0; i < 7; i++) servers.push(await startHost(`host-${i}`))
  const draw = drawFrom(seededRandom(20_261_121))
  const ports = servers.map(({ port }) => port)
  for (let i = 0; i < clusterCount; i++) drawn.push(drawSubsets(i, draw, ports))
})

afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
})

test('the same hosts serve each of the drawn questions', async () => {
  const compared = await compare(drawn)

  expect(compared).toHaveLength(clusterCount * 10)
  expect(differencesOf(compared)).toEqual([])
  const answers = Map.groupBy(compared, ({ ours }) => ours)
  console.log(`${compared.length} questions, ${answers.size} different answers`)
  expect(answers.size).toBeGreaterThan(30)
  expect(answers.get('503 - of -')?.length).toBeGreaterThan(20)
})

test('a proxy that takes lists for something else is found out', async () => {
  const some = drawn.slice(0, 20)
  const wrong = some.map(({ cluster }) =>
    JSON.parse(JSON.stringify(cluster).replace('"listAsAny":true', '"listAsAny":false')),
  )
  expect(differencesOf(await compare(some, wrong)).length).toBeGreaterThan(2)
})

async function compare(
  some: readonly DrawnSubsets[],
  own?: readonly object[],
): Promise<Compared[]> {
  const questions = some.flatMap(({ name, cluster, matches }) =>
    matches.map((match, i) => ({ path: `/${name}/${i}`, name, match, cluster })),
  )
  const routes = questions.map(({ path, name, match }) => ({
    match: { path },
    route: {
      cluster: name,
      ...(Object.keys(match).length > 0 && {
        metadataMatch: { filterMetadata: { 'envoy.lb': match } },
      }),
    },
  }))
  const theirs = some.map(({ cluster }) => cluster)
  await using proxies = await BothProxies.start(bootstrapOf(theirs, routes), [], {
    ours: bootstrapOf(own ?? theirs, routes),
  })
  const compared: Compared[] = []
  for (const { path, match, cluster } of questions) {
    const [envoy, ours] = await Promise.all([
      proxies.tally('envoy', path, { count: requestsEach }),
      proxies.tally('ours', path, { count: requestsEach }),
    ])
    const question = `${path} ${JSON.stringify(match)} ${compact(cluster)}`
    compared.push({ question, envoy: served(envoy), ours: served(ours) })
  }
  return compared
}

function differencesOf(compared: readonly Compared[]): string[] {
  return compared
    .filter(({ envoy, ours }) => envoy !== ours)
    .map(({ question, envoy, ours }) => `${question}: Envoy ${envoy}, we ${ours}`)
}

/** A cluster, with of its hosts only the metadata and the health. */
function compact(cluster: object): string {
  const { loadAssignment, ...rest } = cluster as { loadAssignment: object }
  const hosts = JSON.stringify(loadAssignment).matchAll(
    /"envoy\.lb":(\{[^}]*\})\}\}(,"healthStatus":"UNHEALTHY")?/g,
  )
  const said = Array.from(hosts, ([, metadata, unhealthy]) => `${metadata}${unhealthy ? '!' : ''}`)
  return `${JSON.stringify(rest)} ${said.join(' ')}`
}

/** Who answered, the hosts in order. */
function served(tally: ReadonlyMap<string, number>): string {
  return [...tally.keys()].sort().join(' ')
}
