import { Agent } from 'node:http'
import { type Answer, ask } from './http.ts'
import { shop } from './workloads.ts'

/** The part of a product page that the tour looks at. */
export interface Page {
  readonly reviews: {
    readonly version: string
    readonly ratings?: { readonly language: string }
  }
}

const host = { host: shop.host }

/** Opens the product page through the ingress. */
export function openPage(headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return ask(shop.url, { headers: { ...host, ...headers } })
}

/** How often each version of reviews made the page, over `count` requests, eight at a time. */
export async function countVersions(
  count: number,
  headers: Readonly<Record<string, string>> = {},
): Promise<ReadonlyMap<string, number>> {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const counts = new Map<string, number>()
  const answers = await Promise.all(
    Array.from({ length: count }, () => ask(shop.url, { headers: { ...host, ...headers }, agent })),
  )
  agent.destroy()
  for (const { status, text } of answers) {
    const version = status === 200 ? pageOf(text).reviews.version : `status ${status}`
    counts.set(version, (counts.get(version) ?? 0) + 1)
  }
  return new Map([...counts].sort())
}

/** Parses what productpage answers. */
export function pageOf(text: string): Page {
  return JSON.parse(text) as Page
}

export function showCounts(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([version, count]) => `${version}: ${count}`).join(', ')
}
