// What proofs about 10 000 rules cost: `npm run bench -w @meshwright/route-analysis`.
import type { RouteConfigurationJson, RouteJson } from '@meshwright/route-matcher'
import { analyzeRoutes, diffRoutes } from '../src/index.ts'

const count = 10_000

const configuration = (routes: readonly RouteJson[]): RouteConfigurationJson => ({
  virtualHosts: [{ name: 'all', domains: ['*'], routes }],
})
const routes = (matchOf: (index: number) => object): RouteJson[] =>
  Array.from({ length: count }, (_, index) => ({
    match: { prefix: '/', ...matchOf(index) },
    route: { cluster: `c${index}` },
  }))
const header = (name: string, exact: string) => ({ headers: [{ name, stringMatch: { exact } }] })

const lists: Readonly<Record<string, RouteJson[]>> = {
  'told apart by path': routes((index) => ({ prefix: `/service-${index}/` })),
  'told apart by one header': routes((index) => header('x-user', `u${index}`)),
  'told apart by two headers': routes((index) => header(index % 2 ? 'x-a' : 'x-b', `u${index}`)),
}

for (const [name, list] of Object.entries(lists)) {
  const analyzed = timed(() => analyzeRoutes(configuration(list)))
  const changed = list.with(count / 2, { ...list[count / 2], route: { cluster: 'other' } })
  const compared = timed(() => diffRoutes(configuration(list), configuration(changed)))
  process.stdout.write(`${count} rules ${name}: analyze ${analyzed} ms, diff ${compared} ms\n`)
}

function timed(run: () => unknown): number {
  const start = performance.now()
  run()
  return Math.round(performance.now() - start)
}
