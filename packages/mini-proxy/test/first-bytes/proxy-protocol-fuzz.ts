import { maxProxyHeaderBytes, readProxyHeader } from '../../src/network/proxy-header.ts'
import {
  type Beginning,
  type BeginningFuzzReport,
  type BeginningReader,
  fuzzBeginnings,
  type PlantedBeginningFault,
  spoilt,
} from './beginning-fuzz.ts'

/** PROXY headers of both versions, with what follows them; sound ones, and spoilt. */
export function fuzzProxyProtocol(
  random: () => number,
  beginnings: number,
  planted?: PlantedBeginningFault,
): BeginningFuzzReport {
  return fuzzBeginnings(reader, random, beginnings, planted)
}

const reader: BeginningReader = {
  maxBytes: maxProxyHeaderBytes,
  draw: (random) => {
    const drawn = random() < 0.5 ? drawText(random) : drawBinary(random)
    const draw = random()
    if (draw < 0.4) return drawn
    return draw < 0.9 ? spoilt(random, drawn.bytes) : soup(random)
  },
  read: (bytes) => {
    const found = readProxyHeader(bytes)
    if (found.kind !== 'header') return `${found.kind} ${JSON.stringify({ ...found })}`
    if (found.length > bytes.length) return `header of ${found.length} in ${bytes.length} bytes`
    const { version, length, addresses, extensions } = found
    const it = addresses
    const ends =
      it && `${it.sourceAddress} ${it.sourcePort} ${it.destinationAddress} ${it.destinationPort}`
    const hex = Buffer.from(extensions ?? []).toString('hex')
    return `header ${version} ${length} ${ends ?? 'none'} [${hex}]`
  },
}

const below = (random: () => number, count: number): number => Math.floor(random() * count)

/** An address of one host, and its bytes. */
function drawAddress(random: () => number, family: 4 | 6): { text: string; bytes: number[] } {
  if (family === 4) {
    const bytes = [1 + below(random, 223), ...Array.from({ length: 3 }, () => below(random, 256))]
    return { text: bytes.join('.'), bytes }
  }
  // Without a run of zeros there is one way to write it.
  const groups = Array.from({ length: 8 }, () => 1 + below(random, 0xfffe))
  groups[0] = 0x2001
  const bytes = groups.flatMap((it) => [it >> 8, it & 255])
  return { text: groups.map((it) => it.toString(16)).join(':'), bytes }
}

function drawText(random: () => number): Beginning {
  const rest = 'GET / HTTP/1.1\r\n\r\n'
  if (random() < 0.2) {
    const line = `PROXY UNKNOWN${random() < 0.5 ? ' what ever' : ''}\r\n`
    return { bytes: Buffer.from(line + rest), meaning: `header 1 ${line.length} none []` }
  }
  const family = random() < 0.5 ? 4 : 6
  const [from, to] = [drawAddress(random, family), drawAddress(random, family)]
  const ports = [below(random, 65_536), below(random, 65_536)]
  const line = `PROXY TCP${family} ${from.text} ${to.text} ${ports.join(' ')}\r\n`
  const ends = `${from.text} ${ports[0]} ${to.text} ${ports[1]}`
  return { bytes: Buffer.from(line + rest), meaning: `header 1 ${line.length} ${ends} []` }
}

const signature = [13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10]

function drawBinary(random: () => number): Beginning {
  const family = random() < 0.5 ? 4 : 6
  const [from, to] = [drawAddress(random, family), drawAddress(random, family)]
  const ports = [below(random, 65_536), below(random, 65_536)]
  const extensions = drawExtensions(random)
  const body = [
    ...from.bytes,
    ...to.bytes,
    ...ports.flatMap((it) => [it >> 8, it & 255]),
    ...extensions,
  ]
  const isLocal = random() < 0.2
  const head = [
    isLocal ? 0x20 : 0x21,
    family === 4 ? 0x11 : 0x21,
    body.length >> 8,
    body.length & 255,
  ]
  const bytes = Buffer.from([...signature, ...head, ...body, ...Buffer.from('rest')])
  const length = bytes.length - 4
  const ends = `${from.text} ${ports[0]} ${to.text} ${ports[1]}`
  const told = isLocal ? 'none []' : `${ends} [${Buffer.from(extensions).toString('hex')}]`
  return { bytes, meaning: `header 2 ${length} ${told}` }
}

function drawExtensions(random: () => number): number[] {
  const extensions: number[] = []
  while (random() < 0.5) {
    const size = below(random, random() < 0.05 ? 2000 : 20)
    extensions.push(below(random, 256), size >> 8, size & 255)
    for (let i = 0; i < size; i++) extensions.push(below(random, 256))
  }
  return extensions
}

function soup(random: () => number): Beginning {
  const bytes = Buffer.from(Array.from({ length: below(random, 200) }, () => below(random, 256)))
  const begin = random() < 0.5 ? Buffer.from(signature.slice(0, below(random, 13))) : bytes
  return { bytes: Buffer.concat([begin, bytes]), meaning: undefined }
}
