import { expect, test } from 'vitest'
import { portProtocol, protocolFrom } from './port-protocol.ts'

test.each([
  [{ number: 80, name: 'http' }, 'HTTP'],
  [{ number: 80, name: 'http-web' }, 'HTTP'],
  [{ number: 80, name: 'HTTP2-x' }, 'HTTP2'],
  [{ number: 80, name: 'grpc-web' }, 'GRPC_WEB'],
  [{ number: 80, name: 'grpc-web-x' }, 'GRPC_WEB'],
  [{ number: 80, name: 'grpc-x' }, 'GRPC'],
  [{ number: 80, name: 'httpx' }, 'auto'],
  [{ number: 80, name: 'web', appProtocol: 'grpc' }, 'GRPC'],
  [{ number: 80, name: 'tcp', appProtocol: 'kubernetes.io/h2c' }, 'HTTP2'],
  [{ number: 80, name: 'tcp', appProtocol: 'example.org/own' }, 'TCP'],
  [{ number: 80, name: 'http', transport: 'UDP' }, 'UDP'],
  [{ number: 3306, name: '' }, 'TCP'],
  [{ number: 3306, name: 'mysql' }, 'MYSQL'],
  [{ number: 8080, name: '' }, 'auto'],
])('%j is %s', (facts, protocol) => {
  expect(portProtocol(facts)).toBe(protocol)
})

test('knows protocols in any case, and no others', () => {
  expect([protocolFrom('http'), protocolFrom('Grpc-Web'), protocolFrom('gopher')]).toEqual([
    'HTTP',
    'GRPC_WEB',
    undefined,
  ])
})
