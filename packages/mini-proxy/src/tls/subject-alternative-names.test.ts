import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { subjectAlternativeNames } from './subject-alternative-names.ts'

const der = (name: string): Uint8Array =>
  new X509Certificate(readFileSync(new URL(`../../test/fixtures/tls/${name}.pem`, import.meta.url)))
    .raw

test('reads every kind of name', () => {
  expect(subjectAlternativeNames(der('server'))).toEqual([
    { type: 'DNS', value: 'server.test' },
    { type: 'DNS', value: '*.wild.test' },
    { type: 'IP_ADDRESS', value: '127.0.0.1' },
    { type: 'URI', value: 'spiffe://cluster.local/ns/default/sa/server' },
  ])
})

test('takes a name for one name, whatever it holds', () => {
  expect(subjectAlternativeNames(der('spoofer'))).toEqual([
    { type: 'DNS', value: 'a.test, URI:spiffe://cluster.local/ns/default/sa/client' },
  ])
})

test('finds none in a certificate without, nor in what is no certificate', () => {
  expect(subjectAlternativeNames(der('ca'))).toEqual([])
  const sound = der('server')
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(subjectAlternativeNames(bytes)).toEqual([])
    }),
  )
  fc.assert(
    fc.property(fc.nat(sound.length - 1), (length) => {
      expect(subjectAlternativeNames(sound.subarray(0, length))).toEqual([])
    }),
  )
})
