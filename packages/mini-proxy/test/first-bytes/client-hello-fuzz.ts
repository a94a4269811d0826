import { readClientHello } from '../../src/listener/client-hello.ts'
import {
  type Beginning,
  type BeginningFuzzReport,
  type BeginningReader,
  fuzzBeginnings,
  type PlantedBeginningFault,
  spoilt,
} from './beginning-fuzz.ts'

/** ClientHellos in one record or more; sound ones, and spoilt. */
export function fuzzClientHello(
  random: () => number,
  beginnings: number,
  planted?: PlantedBeginningFault,
): BeginningFuzzReport {
  return fuzzBeginnings(reader, random, beginnings, planted)
}

const reader: BeginningReader = {
  // As much as a listener looks at.
  maxBytes: 16_384,
  draw: (random) => {
    const drawn = drawHello(random)
    const draw = random()
    if (draw < 0.4) return drawn
    return draw < 0.9 ? spoilt(random, drawn.bytes) : soup(random)
  },
  read: (bytes) => {
    const found = readClientHello(bytes)
    if (found.kind !== 'tls') return found.kind
    const { serverName, alpn } = found.hello
    const told = [serverName ?? '', ...alpn]
    const size = told.reduce((sum, it) => sum + it.length, 0)
    if (size > bytes.length || alpn.length > bytes.length)
      return `tls of ${size} in ${bytes.length}`
    return `tls ${JSON.stringify(told)}`
  },
}

const below = (random: () => number, count: number): number => Math.floor(random() * count)

const wide = (size: number): number[] => [size >> 8, size & 255]

function vector(bytes: readonly number[]): number[] {
  return [...wide(bytes.length), ...bytes]
}

function drawBytes(random: () => number, size: number): number[] {
  return Array.from({ length: size }, () => below(random, 256))
}

const protocols = ['h2', 'http/1.1', 'http/1.0', 'istio', 'istio-peer-exchange', 'x']
const names = ['a', 'Shop.Example', `${'long.'.repeat(40)}test`, 'xn--caf-dma.test']

/** The body of a hello, and what has to be read in it. */
function drawBody(random: () => number): { body: number[]; meaning: string } {
  const name = random() < 0.8 ? names[below(random, names.length)] : undefined
  const alpn = Array.from(
    { length: below(random, 4) },
    () => protocols[below(random, protocols.length)] ?? '',
  )
  const extensions: number[][] = []
  if (name !== undefined) {
    const entry = [0, ...vector([...Buffer.from(name)])]
    extensions.push([0, 0, ...vector(vector(entry))])
  }
  if (alpn.length > 0) {
    const list = alpn.flatMap((it) => [it.length, ...Buffer.from(it)])
    extensions.push([0, 16, ...vector(vector(list))])
  }
  // Others, as a hello has with key shares and padding.
  while (random() < 0.6) {
    const size = below(random, random() < 0.1 ? 1500 : 40)
    const other = [...wide(20 + below(random, 100)), ...vector(drawBytes(random, size))]
    extensions.splice(below(random, extensions.length + 1), 0, other)
  }
  const session = drawBytes(random, below(random, 33))
  const ciphers = drawBytes(random, 2 * (1 + below(random, 20)))
  const body = [3, 3, ...drawBytes(random, 32)]
  body.push(session.length, ...session, ...vector(ciphers), 1, 0, ...vector(extensions.flat()))
  const isBare = extensions.length === 0 && random() < 0.5
  return {
    body: isBare ? body.slice(0, -2) : body,
    meaning: `tls ${JSON.stringify([name?.toLowerCase() ?? '', ...alpn])}`,
  }
}

function drawHello(random: () => number): Beginning {
  const { body, meaning } = drawBody(random)
  const message = [1, 0, ...vector(body)]
  const size = random() < 0.5 ? message.length : Math.ceil(message.length / (1 + below(random, 16)))
  const records: number[] = []
  for (let at = 0; at < message.length; at += size) {
    records.push(22, 3, 1 + below(random, 3), ...vector(message.slice(at, at + size)))
  }
  const rest = random() < 0.3 ? drawBytes(random, 20) : []
  return { bytes: Buffer.from([...records, ...rest]), meaning }
}

function soup(random: () => number): Beginning {
  const begin = [22, 3, 1, 0, 5 + below(random, 250), 1, 0].slice(0, below(random, 8))
  const bytes = Buffer.from([...begin, ...drawBytes(random, below(random, 200))])
  return { bytes, meaning: undefined }
}
