import { Secret } from '@meshwright/xds-types/envoy/extensions/transport_sockets/tls/v3'
import { expect, test } from 'vitest'
import { redact } from './redact.ts'

const hidden = { inlineString: 'hidden' }

test.each([
  ['a key and its password', { tlsCertificate: { privateKey: hidden, password: hidden } }],
  ['a key in a container', { tlsCertificate: { pkcs12: hidden } }],
  ['keys of session tickets', { sessionTicketKeys: { keys: [hidden] } }],
  ['a secret of some other use', { genericSecret: { secret: hidden } }],
  ['several secrets of some other use', { genericSecret: { secrets: { one: hidden } } }],
])('%s is not shown, in either spelling of its fields', (_, secret) => {
  expect(JSON.stringify(redact(secret))).not.toContain('hidden')
  const proto = Secret.toJson(Secret.fromJson(secret), { fieldNames: 'proto' })
  expect(JSON.stringify(proto)).toContain('hidden')
  expect(JSON.stringify(redact(proto))).not.toContain('hidden')
})

test('certificates and names of files are shown', () => {
  const secret = {
    tlsCertificate: {
      certificateChain: { inlineString: 'shown' },
      privateKey: { filename: '/key.pem' },
    },
  }
  expect(redact(secret)).toEqual(secret)
})
