import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { acceptOf, clientFrame, headBytes, messageBytes, messageOf, serverFrame } from './frames.ts'

it('answers the key of RFC 6455, section 1.3, as it says', () => {
  expect(acceptOf('dGhlIHNhbXBsZSBub25jZQ==')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
})

it('hears in a frame of a client what was put in, and sends it masked', () => {
  const message = randomBytes(messageBytes)
  const frame = clientFrame(message, Buffer.from([1, 2, 3, 4]))
  expect(frame).toHaveLength(headBytes.client + messageBytes)
  expect(frame.includes(message)).toBe(false)
  expect(messageOf(Buffer.concat([Buffer.from('before'), frame]), 6)).toEqual(message)
})

it('refuses a frame that is not masked, as a server sends it', () => {
  expect(() => messageOf(serverFrame(Buffer.alloc(messageBytes)), 0)).toThrow('not a frame')
})
