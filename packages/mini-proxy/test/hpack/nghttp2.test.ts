import { seededRandom } from '@meshwright/testkit'
import { expect, test } from 'vitest'
import { isFieldName, isFieldValue } from '../../src/hpack/field-form.ts'
import { fieldDrawing } from './drawn-fields.ts'
import type { Field } from './hpack-fields.ts'
import { type HeadPair, Nghttp2Peer } from './nghttp2-peer.ts'

const rounds = 300
const streamsOfRound = 6

test('nghttp2 reads what this encoder writes and the other way round, whatever the sizes of the tables', {
  timeout: 60_000,
}, async () => {
  const random = seededRandom(7541)
  const draw = fieldDrawing(random)
  const size = () => [0, 40, 100, 300, 1000, 4096, 8192][Math.floor(random() * 7)] ?? 0
  const peer = new Nghttp2Peer()
  let fields = 0
  let sensitive = 0
  for (let round = 0; round < rounds; round++) {
    if (random() < 0.2) peer.setServerTable(size())
    if (random() < 0.2) peer.setClientTable(size())
    const pairs = Array.from({ length: streamsOfRound }, () => drawPair(draw))

    const read = await peer.exchange(pairs)

    expect(read.map(({ request, response }) => ({ request, response }))).toEqual(pairs)
    for (const it of read) {
      const secrets = it.request.filter(isSecret).map(([name]) => name)
      expect(it.sensitive.toSorted()).toEqual(secrets.toSorted())
      sensitive += secrets.length
      fields += it.request.length + it.response.length
    }
  }
  peer.close()
  expect(fields).toBeGreaterThan(rounds * streamsOfRound * 8)
  expect(sensitive).toBeGreaterThan(100)
})

function drawPair(draw: () => Field[]): HeadPair {
  const regular = () =>
    draw().filter(
      ([name, value]) => isFieldName(name) && isFieldValue(value) && !name.startsWith(':'),
    )
  const [path] = draw().filter(([name]) => name === ':path')
  return {
    request: [
      [':method', 'POST'],
      [':scheme', 'http'],
      [':authority', 'a'],
      path ?? [':path', '/a'],
      ...regular(),
    ],
    // Node's server sends most names once only, and a date in any case.
    response: [...new Map([[':status', '200'], ['date', 'today'], ...regular()])],
  }
}

function isSecret([name, value]: Field): boolean {
  return name === 'authorization' || (name === 'cookie' && value.length < 20)
}
