import { networkInterfaces } from 'node:os'
import type { Echo } from '../support/echo.ts'
import type { ProbeAnswer } from '../support/send.ts'

/** Differ from request to request, whoever answers: only that they are there is compared. */
const volatile = new Set(['x-request-id', 'date', 'x-envoy-upstream-service-time', 'age'])

/**
 * An answer as text that is equal for equal answers: status, headers, and what the backend saw. Undefined for an injected
 * abort, which strikes at random and too seldom to be compared.
 */
export function normalAnswer({ status, headers, body }: ProbeAnswer): string | undefined {
  if (body === 'fault filter abort') return undefined
  return JSON.stringify({ status, headers: normalHeaders(headers), body: normalBody(body) })
}

function normalBody(body: string): unknown {
  if (!body.startsWith('{')) return body
  const echo = JSON.parse(body) as Echo
  return { ...echo, headers: normalHeaders(echo.headers) }
}

function normalHeaders(headers: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name !== 'content-length')
      .map(([name, value]) => [name, volatile.has(name) ? '…' : normalValue(name, value)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

const ownAddresses = Object.values(networkInterfaces()).flatMap((all) =>
  (all ?? []).map((it) => it.address),
)

function normalValue(name: string, value: unknown): unknown {
  // For a client on loopback Envoy names an address of the machine; we name the client's.
  if (name === 'x-forwarded-for' && ownAddresses.includes(String(value))) return 'this machine'
  // The cookie that keeps a client with its host is drawn at random.
  if (name === 'set-cookie') return String(value).replace(/^(\w+)="[0-9a-f]{16}"/, '$1="…"')
  return value
}
