// `node --conditions=@meshwright/source test/bench/hpack/hpack.ts`: nanoseconds per header block, against codecs that take the shortest way.
import { ByteWriter } from '../../../packages/mini-proxy/src/hpack/byte-writer.ts'
import { HpackDecoder } from '../../../packages/mini-proxy/src/hpack/hpack-decoder.ts'
import { HpackEncoder } from '../../../packages/mini-proxy/src/hpack/hpack-encoder.ts'
import { staticNames, staticValues } from '../../../packages/mini-proxy/src/hpack/static-table.ts'

type Field = readonly [name: string, value: string]
type Head = readonly Field[]

const grpcRequest: Head = [
  [':method', 'POST'],
  [':scheme', 'http'],
  [':path', '/helloworld.Greeter/SayHello'],
  [':authority', 'greeter.default.svc.cluster.local:50051'],
  ['content-type', 'application/grpc'],
  ['user-agent', 'grpc-go/1.85.0'],
  ['te', 'trailers'],
  ['grpc-accept-encoding', 'gzip'],
  ['x-forwarded-proto', 'http'],
  ['x-envoy-expected-rq-timeout-ms', '15000'],
]

/** With what every request has of its own. */
const withIds: Head = [...grpcRequest, ['x-request-id', ''], ['traceparent', '']]

const samples = 40
const blocksOfSample = 20_000
const warmUps = 5

/** Median time of a run, in ns per block. */
function measure(run: (index: number) => void): number {
  const times: number[] = []
  let index = 0
  for (let sample = 0; sample < samples + warmUps; sample++) {
    const begin = process.hrtime.bigint()
    for (let i = 0; i < blocksOfSample; i++) run(index++)
    if (sample >= warmUps) times.push(Number(process.hrtime.bigint() - begin) / blocksOfSample)
  }
  return Math.min(...times)
}

interface Codec {
  encode(name: string, value: string, out: ByteWriter): void
  decode(block: Buffer, take: (name: string, value: string) => void): void
}

function ours(): Codec {
  const encoder = new HpackEncoder()
  const decoder = new HpackDecoder({ maxTableSize: 4096 })
  const sink = {
    take: (_name: string, _value: string) => {},
    onHeader(name: string, value: string) {
      sink.take(name, value)
    },
  }
  return {
    encode: (name, value, out) => encoder.encode(name, value, out),
    decode(block, take) {
      sink.take = take
      decoder.decode(block, 0, block.length, sink)
    },
  }
}

/** Everything is added to a table that is searched by a joined key, and kept as a list; no Huffman code. */
function naive(): Codec {
  const known = new Map<string, number>(
    staticNames.map((name, index) => [`${name}\0${staticValues[index]}`, index]),
  )
  const sent: string[] = []
  const bytesOf = (text: string) =>
    Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'latin1')])
  return {
    encode(name, value, out) {
      const key = `${name}\0${value}`
      const index = known.get(key) ?? 62 + sent.indexOf(key)
      if (index !== 61) return out.append(Buffer.from([0x80 | index]))
      sent.unshift(key)
      if (sent.length > 50) sent.pop()
      out.append(Buffer.concat([Buffer.from([0x40]), bytesOf(name), bytesOf(value)]))
    },
    decode: naiveDecoder(),
  }
}

function naiveDecoder(): Codec['decode'] {
  const fixed = staticNames.map((name, index): Field => [name, staticValues[index] ?? ''])
  const received: Field[] = []
  const readNew = (block: Buffer, at: number): Field => {
    const name = textAt(block, at)
    const field: Field = [name, textAt(block, at + 1 + name.length)]
    received.unshift(field)
    if (received.length > 50) received.pop()
    return field
  }
  return (block, take) => {
    for (let at = 0; at < block.length; ) {
      const first = block[at++] ?? 0
      const isNew = first < 0x80
      const field = isNew
        ? readNew(block, at)
        : (fixed[first & 0x7f] ?? received[(first & 0x7f) - fixed.length])
      if (field === undefined) throw new Error('no such field')
      if (isNew) at += field[0].length + field[1].length + 2
      take(...field)
    }
  }
}

/** A length, then so many bytes. */
function textAt(block: Buffer, at: number): string {
  return block.toString('latin1', at + 1, at + 1 + (block[at] ?? 0))
}

/** Read from bytes, as a codec does: a text that was put together would be slower. */
const ids = Array.from({ length: 4096 }, (_, i) => {
  const word = (((i + 1) * 2654435761) % 2 ** 32).toString(16).padStart(8, '0')
  return Buffer.from(word.repeat(4)).toString('latin1')
})

function id(index: number): string {
  return ids[index % ids.length] ?? ''
}

/** Blocks of one connection, from its beginning. */
function blocksOf(codec: Codec, head: Head): Buffer[] {
  const out = new ByteWriter()
  return Array.from({ length: 1000 }, (_, i) => {
    out.clear()
    encodeHead(codec, head, i, out)
    return Buffer.from(out.bytes.subarray(0, out.length))
  })
}

function encodeHead(codec: Codec, head: Head, index: number, out: ByteWriter): void {
  for (const [name, value] of head) codec.encode(name, value === '' ? id(index) : value, out)
}

function time(create: () => Codec, head: Head): string {
  const encoder = create()
  const out = new ByteWriter()
  const encoding = measure((index) => {
    out.clear()
    encodeHead(encoder, head, index, out)
  })
  const codec = create()
  const blocks = blocksOf(codec, head)
  let characters = 0
  const take = (name: string, value: string) => {
    characters += name.length + value.length
  }
  // Later blocks leave the table as it is.
  const settled = blocks.slice(4)
  for (const block of blocks.slice(0, 4)) codec.decode(block, take)
  const decoding = measure((index) =>
    codec.decode(settled[index % settled.length] ?? out.bytes, take),
  )
  if (characters === 0) throw new Error('nothing was decoded')
  return `${encoding.toFixed(0)} ns encode, ${decoding.toFixed(0)} ns decode, ${settled[0]?.length} bytes`
}

for (const [kind, head] of [
  [`${grpcRequest.length} fields of a gRPC request again and again`, grpcRequest],
  ['the same with two ids that are new every time', withIds],
] as const) {
  console.log(kind)
  console.log(`  this  ${time(ours, head)}`)
  console.log(`  naive ${time(naive, head)}`)
}
