import fc from 'fast-check'
import { expect, test } from 'vitest'
import { commonNames } from './field-name.ts'
import { HeadLines } from './head-lines.ts'
import { RequestLine } from './request-line.ts'
import { StatusLine } from './status-line.ts'

/** What the lines must look like, said in another way than the reader says it. */
const wholeFields = /^((?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n)*)\r\n/
const wholeRequestLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21-\x7e]+) HTTP\/(\d\.\d)\r\n/
const wholeStatusLine = /^HTTP\/(1\.[01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?\r\n/

interface Line {
  name: string
  line: string
}

/** What a scan of the text finds, which begins behind `before`, and of which only the bytes up to `limit` count. */
function scanned(text: string, before = '', limit = text.length): Line[] | undefined {
  const bytes = Buffer.from(before + text, 'latin1')
  const lines = new HeadLines()
  lines.begin(before.length, Number.MAX_SAFE_INTEGER)
  const end = lines.scan(bytes, before.length, before.length + limit)
  if (end < 0) return undefined
  const found: Line[] = []
  for (let i = 0; i < lines.count; i += 1) {
    const start = lines.startOf(i)
    const name = text.slice(start, lines.colonOf(i)).toLowerCase()
    const common = lines.commonNameOf(i)
    if (common >= 0) expect(commonNames.words[common]).toBe(name)
    else expect(commonNames.words).not.toContain(name)
    found.push({ name, line: text.slice(start, lines.endOf(i)) })
  }
  expect(end - before.length).toBe(found.map((it) => it.line).join('').length + 2)
  return found
}

function expected(text: string): Line[] | undefined {
  const fields = wholeFields.exec(text)?.[1]
  if (fields === undefined) return undefined
  return fields
    .split('\r\n')
    .slice(0, -1)
    .map((line) => ({ name: (line.split(':')[0] ?? '').toLowerCase(), line: `${line}\r\n` }))
}

const anyCase = (word: string): fc.Arbitrary<string> =>
  fc.mixedCase(fc.constant(word), { toggleCase: (char) => char.toUpperCase() })
const commonName = fc.constantFrom(...commonNames.words).chain(anyCase)
const tokenChar = fc.constantFrom(..."!#$%&'*+-.^_`|~09azAZ")
const token = fc.string({ unit: tokenChar, minLength: 1, maxLength: 200 })
const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code))
const anyBytes = fc.string({ unit: byte, maxLength: 3 })
const value = fc.string({ unit: byte.filter((it) => /[\t\x20-\x7e\x80-\xff]/.test(it)) })
const name = fc.oneof(
  commonName,
  token,
  fc.tuple(commonName, tokenChar).map((it) => it.join('')),
)
const line = fc.tuple(name, value).map(([its, said]) => `${its}:${said}\r\n`)
const fields = fc.array(line, { maxLength: 8 }).map((lines) => `${lines.join('')}\r\n`)

/** The text, and the same with something else put in a place of it. */
const orBroken = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof(
    text,
    fc.tuple(text, fc.nat(), fc.nat(3), anyBytes).map(([whole, place, without, more]) => {
      const at = place % (whole.length + 1)
      return whole.slice(0, at) + more + whole.slice(at + without)
    }),
  )

test('field lines are taken if they are well formed, and cut where they should be', () => {
  fc.assert(
    fc.property(orBroken(fields), anyBytes, (text, before) => {
      expect(scanned(text, before)).toEqual(expected(text))
    }),
    { numRuns: 2000 },
  )
})

test('what stands behind the limit is not looked at', () => {
  fc.assert(
    fc.property(fields, fc.nat(), (text, place) => {
      const limit = place % (text.length + 1)
      expect(scanned(text, '', limit)).toEqual(expected(text.slice(0, limit)))
    }),
    { numRuns: 1000 },
  )
})

test('each common name is found in any case, and nothing that only resembles one is', () => {
  for (const [index, word] of commonNames.words.entries()) {
    for (const bytes of [word, word.toUpperCase()].map((it) => Buffer.from(it))) {
      expect(commonNames.read(bytes, 0, bytes.length)).toBe(bytes.length)
      expect(commonNames.found).toBe(index)
    }
    for (let at = 0; at < word.length; at += 1) {
      const other = Buffer.from(`${word.slice(0, at)}~${word.slice(at + 1)}`)
      commonNames.read(other, 0, other.length)
      expect(commonNames.found).toBe(-1)
    }
  }
})

test('of more lines than are wanted the number is told', () => {
  const bytes = Buffer.from(`${'a: b\r\n'.repeat(500)}\r\n`)
  const lines = new HeadLines()
  lines.begin(0, 3)

  expect(lines.scan(bytes, 0, bytes.length)).toBe(bytes.length)

  expect(lines.count).toBe(500)
})

const methods =
  'GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH ACL BIND CHECKOUT COPY LINK LOCK MERGE MKACTIVITY MKCALENDAR ' +
  'MKCOL MOVE MSEARCH NOTIFY PROPFIND PROPPATCH PURGE REBIND REPORT SEARCH SOURCE SUBSCRIBE UNBIND UNLINK UNLOCK UNSUBSCRIBE'
const method = fc.oneof(fc.constantFrom(...methods.split(' '), 'get', 'GETS', 'M-SEARCH'), token)
const target = fc.oneof(fc.constantFrom('/', '*', '/a?b'), fc.webUrl())
const version = fc.constantFrom('HTTP/1.1', 'HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'http/1.1')

test('a request line is taken if it is well formed', () => {
  const text = fc.tuple(method, target, version).map((it) => `${it.join(' ')}\r\n`)
  fc.assert(
    fc.property(orBroken(text), anyBytes, (said, before) => {
      const read = new RequestLine()
      const bytes = Buffer.from(before + said, 'latin1')
      const end = read.scan(bytes, before.length, bytes.length)
      const [whole, its, at, number] = wholeRequestLine.exec(said) ?? []
      expect(end).toBe(whole === undefined ? -1 : before.length + whole.length)
      if (whole === undefined) return
      expect([read.methodIn(said), read.targetIn(said)]).toEqual([its, at])
      expect(read.version).toBe(number === '1.1' || number === '1.0' ? number : undefined)
      expect(read.knowsMethod).toBe(methods.split(' ').includes(its ?? ''))
    }),
    { numRuns: 2000 },
  )
})

test('a status line is taken if it is well formed', () => {
  const status = fc.integer({ min: 0, max: 999 }).map((it) => `${it}`.padStart(3, '0'))
  const reason = fc.oneof(
    fc.constant(''),
    value.map((it) => ` ${it}`),
  )
  const text = fc
    .tuple(version, status, reason)
    .map(([its, code, why]) => `${its} ${code}${why}\r\n`)
  fc.assert(
    fc.property(orBroken(text), anyBytes, (said, before) => {
      const read = new StatusLine()
      const bytes = Buffer.from(before + said, 'latin1')
      const end = read.scan(bytes, before.length, bytes.length)
      const [whole, number, code] = wholeStatusLine.exec(said) ?? []
      expect(end).toBe(whole === undefined ? -1 : before.length + whole.length)
      if (whole !== undefined) expect([read.version, `${read.status}`]).toEqual([number, code])
    }),
    { numRuns: 2000 },
  )
})
