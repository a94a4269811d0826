// Requests drawn at random, plain and hostile, byte by byte: Envoy and the mini-proxy answer alike and forward the same requests.
import { readFileSync } from 'node:fs'
import { seededRandom } from '@meshwright/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { drawFrom } from '../drawn/draw.ts'
import { type DrawnMessages, drawMessages } from './draw-message.ts'
import { exchange, type Heard } from './exchange.ts'
import { oddities } from './oddities.ts'
import { type Side, type Sides, startSides } from './sides.ts'

const connections = Number(process.env['SAME_MESSAGES'] ?? 1500)

interface Outcome extends Heard {
  readonly forwarded: readonly string[]
}

interface Pair {
  readonly drawn: DrawnMessages
  readonly envoy: Outcome
  readonly ours: Outcome
}

const pairs: Pair[] = []
let sides: Sides

beforeAll(async () => {
  sides = await startSides({ codecType: 'HTTP1' })
  const draw = drawFrom(seededRandom(Number(process.env['SAME_MESSAGES_SEED'] ?? 6_001)))
  for (let i = 0; i < connections; i++) {
    const drawn = drawMessages(draw, i)
    const [envoy, ours] = await Promise.all([play(sides.envoy, drawn), play(sides.ours, drawn)])
    pairs.push({ drawn, envoy, ours })
  }
}, 600_000)
afterAll(() => sides.close())

interface Accepted {
  readonly odd: string
  readonly reason: string
}

test('every connection is answered, and reaches the backend, as with Envoy', () => {
  const accepted = JSON.parse(
    readFileSync(new URL('accepted-differences.json', import.meta.url), 'utf8'),
  ) as readonly Accepted[]
  const known = new Set(accepted.map(({ odd }) => odd))

  const differing = pairs.filter(({ envoy, ours }) => show(envoy) !== show(ours))

  const unlisted = differing.filter(({ drawn }) => drawn.odd === undefined || !known.has(drawn.odd))
  expect(unlisted.map(describePair)).toEqual([])
  const seen = new Set(differing.map(({ drawn }) => drawn.odd))
  expect([...known].filter((it) => !seen.has(it))).toEqual([])
  expect(pairs).toHaveLength(connections)
})

test('every oddity was drawn, and both plain and odd requests were forwarded and refused', () => {
  const drawn = new Set(pairs.map((it) => it.drawn.odd))
  expect(oddities.filter(({ name }) => !drawn.has(name))).toEqual([])
  const forwarded = pairs.reduce((sum, { envoy }) => sum + envoy.forwarded.length, 0)
  const refused = pairs.filter(({ envoy }) => envoy.statuses.some((it) => it >= 400)).length
  console.log(
    `${pairs.length} connections, ${forwarded} requests forwarded, ${refused} connections refused one`,
  )
  expect(forwarded).toBeGreaterThan(connections)
  expect(refused).toBeGreaterThan(connections / 4)
})

test('a header that is lost, an answer too many and a connection left open would be told', () => {
  const plain = pairs.find(({ envoy }) => envoy.forwarded.length > 1)?.envoy
  if (plain === undefined) throw new Error('no request was forwarded')
  const [first = '', ...rest] = plain.forwarded
  const faulty: Outcome[] = [
    { ...plain, forwarded: [first.replace('"x-place: 0"', ''), ...rest] },
    { ...plain, forwarded: rest },
    { ...plain, statuses: [...plain.statuses, 200] },
    { ...plain, closed: !plain.closed },
  ]
  expect(faulty.filter((it) => show(it) === show(plain))).toEqual([])
})

async function play({ port, backend }: Side, drawn: DrawnMessages): Promise<Outcome> {
  const heard = await exchange(port, drawn)
  return { ...heard, forwarded: await backend.taken() }
}

function show({ statuses, closed, forwarded }: Outcome): string {
  return JSON.stringify({ statuses, closed, forwarded })
}

function describePair({ drawn, envoy, ours }: Pair): string {
  const text = drawn.text.length > 600 ? `${drawn.text.slice(0, 600)} …` : drawn.text
  return `${drawn.odd ?? 'plain'}\n  sent  ${JSON.stringify(text)}\n  envoy ${show(envoy).slice(0, 900)}\n  ours  ${show(ours).slice(0, 900)}`
}
