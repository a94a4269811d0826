// Requests over HTTP/2, plain and hostile, field by field: Envoy and the mini-proxy answer alike and forward the same requests.
import { readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { type Side, startSides } from '../same-messages/sides.ts'
import { exchange, type Heard } from './exchange.ts'
import { type OddStream, streams } from './odd-streams.ts'

interface Outcome extends Heard {
  readonly forwarded: readonly string[]
}

interface Pair {
  readonly stream: OddStream
  /** What is no HTTP resets its stream, not the connection. */
  readonly resetsStreams: boolean
  readonly envoy: Outcome
  readonly ours: Outcome
}

interface Accepted {
  readonly stream: string
  readonly reason: string
}

const pairs: Pair[] = []

beforeAll(async () => {
  for (const resetsStreams of [false, true]) {
    const overrideStreamErrorOnInvalidHttpMessage = resetsStreams
    const sides = await startSides({
      codecType: 'HTTP2',
      http2ProtocolOptions: { overrideStreamErrorOnInvalidHttpMessage },
    })
    for (const stream of streams) {
      const [envoy, ours] = await Promise.all([play(sides.envoy, stream), play(sides.ours, stream)])
      pairs.push({ stream, resetsStreams, envoy, ours })
    }
    await sides.close()
  }
}, 300_000)

test('every stream is answered, and reaches the backend, as with Envoy', () => {
  const accepted = JSON.parse(
    readFileSync(new URL('accepted-differences.json', import.meta.url), 'utf8'),
  ) as readonly Accepted[]
  const known = new Set(accepted.map(({ stream }) => stream))

  const differing = pairs.filter(({ envoy, ours }) => show(envoy) !== show(ours))

  expect(differing.filter(({ stream }) => !known.has(stream.name)).map(describePair)).toEqual([])
  const seen = new Set(differing.map(({ stream }) => stream.name))
  expect([...known].filter((it) => !seen.has(it))).toEqual([])
})

test('streams were forwarded, refused and reset, and no name stands for two', () => {
  const of = (start: string): number =>
    pairs.filter(({ envoy }) => envoy.odd.startsWith(start)).length
  console.log(
    `${pairs.length} streams: ${of('200')} forwarded, ${of('4')} refused, ${of('reset')} reset, ${of('closed')} ended with the connection`,
  )
  expect(of('200')).toBeGreaterThan(40)
  expect(pairs.length - of('200')).toBeGreaterThan(40)
  expect(new Set(streams.map(({ name }) => name)).size).toBe(streams.length)
})

async function play({ port, backend }: Side, stream: OddStream): Promise<Outcome> {
  const heard = await exchange(port, stream)
  return { ...heard, forwarded: (await backend.taken()).toSorted() }
}

function show({ odd, plain, forwarded }: Outcome): string {
  return JSON.stringify({ odd, plain, forwarded })
}

function describePair({ stream, resetsStreams, envoy, ours }: Pair): string {
  return `${stream.name}${resetsStreams ? ' (resets)' : ''}\n  envoy ${show(envoy).slice(0, 900)}\n  ours  ${show(ours).slice(0, 900)}`
}
