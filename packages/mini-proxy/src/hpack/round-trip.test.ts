import { expect, test } from 'vitest'
import { ByteWriter } from './byte-writer.ts'
import { HpackDecoder } from './hpack-decoder.ts'
import { HpackEncoder } from './hpack-encoder.ts'

test('decodes what the encoder wrote, block after block', () => {
  const encoder = new HpackEncoder()
  const decoder = new HpackDecoder({ maxTableSize: 4096 })
  const head = [
    [':method', 'POST'],
    [':scheme', 'http'],
    [':path', '/echo.Echo/Unary'],
    [':authority', 'localhost:8080'],
    ['content-type', 'application/grpc'],
    ['te', 'trailers'],
    ['grpc-timeout', '1S'],
    ['user-agent', 'grpc-go/1.85.0'],
    ['authorization', 'Bearer a'],
    ['x-bytes', '\x80\xff'],
    ['x-empty', ''],
  ] as const
  const sizes: number[] = []
  for (let i = 0; i < 4; i++) {
    const out = new ByteWriter(16)
    for (const [name, value] of head) encoder.encode(name, value, out)
    const got: [string, string, boolean][] = []
    decoder.decode(out.bytes, 0, out.length, {
      onHeader: (name, value, form) => got.push([name, value, form]),
    })
    expect(got).toEqual(head.map(([name, value]) => [name, value, true]))
    sizes.push(out.length)
  }
  expect(sizes[3]).toBe(10 + 2 + 'Bearer a'.length + 1)
})
