import { edit } from './edit.ts'
import { ask, until } from './http.ts'
import type { Mesh } from './mesh.ts'
import { controlPlane } from './workloads.ts'

/** What `/debug/syncz` tells of one proxy. */
export interface ProxySync {
  readonly proxy: string
  /** It has answered everything that it was sent. */
  readonly synced: boolean
  readonly route_sent?: string
  readonly route_acked?: string
}

/** The control plane's view of every proxy. */
export async function syncz(): Promise<ProxySync[]> {
  const { text } = await ask(`http://${controlPlane.debug}/debug/syncz`)
  return JSON.parse(text) as ProxySync[]
}

/** The route version that each proxy has acknowledged. */
export function ackedRoutes(proxies: readonly ProxySync[]): ReadonlyMap<string, string> {
  return new Map(proxies.map((it) => [it.proxy, it.route_acked ?? '']))
}

/** Whether every proxy has acknowledged what it was sent, and at least one was sent something new. */
export function hasConverged(
  proxies: readonly ProxySync[],
  before: ReadonlyMap<string, string>,
): boolean {
  return (
    proxies.every((it) => it.synced && it.route_sent === it.route_acked) &&
    proxies.some((it) => before.get(it.proxy) !== it.route_acked)
  )
}

/** Writes reviews.yaml and waits until every proxy has acknowledged what follows from it; gives the milliseconds. */
export async function applied(mesh: Mesh, text: string): Promise<number> {
  const before = ackedRoutes(await syncz())
  const started = performance.now()
  edit(mesh.config, text)
  await until(
    'every proxy to acknowledge',
    async () => (hasConverged(await syncz(), before) ? true : undefined),
    10_000,
  )
  return performance.now() - started
}
