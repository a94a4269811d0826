import { createHash } from 'node:crypto'

/** The bytes of a message here, short enough for a frame whose length stands in its second byte. */
export const messageBytes = 64

/** Bytes of a frame before its payload: from a server two, from a client the mask besides. */
export const headBytes = { server: 2, client: 6 } as const

const finalBinary = 0x82
const masked = 0x80

/** A server's frame with the message. */
export function serverFrame(message: Buffer): Buffer {
  return Buffer.concat([Buffer.from([finalBinary, messageBytes]), message])
}

/** A client's frame with the message. */
export function clientFrame(message: Buffer, mask: Buffer): Buffer {
  const payload = Buffer.from(message)
  applyMask(payload, mask)
  return Buffer.concat([Buffer.from([finalBinary, masked | messageBytes]), mask, payload])
}

/** The message of a client's frame that starts at `from`. @throws if it is not a frame with a message of this benchmark. */
export function messageOf(bytes: Buffer, from: number): Buffer {
  if (bytes[from] !== finalBinary || bytes[from + 1] !== (masked | messageBytes)) {
    throw new Error(
      `not a frame of ${messageBytes} bytes: ${bytes.toString('hex', from, from + 2)}`,
    )
  }
  const start = from + headBytes.client
  const message = Buffer.from(bytes.subarray(start, start + messageBytes))
  applyMask(message, bytes.subarray(from + headBytes.server, start))
  return message
}

/** What a server says to the key of a client (RFC 6455, section 4.2.2). */
export function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
}

function applyMask(bytes: Buffer, mask: Buffer): void {
  for (let i = 0; i < bytes.length; i++) bytes[i] = (bytes[i] ?? 0) ^ (mask[i % mask.length] ?? 0)
}
