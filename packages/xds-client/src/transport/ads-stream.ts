import { Buffer } from 'node:buffer'
import { Client, type ClientDuplexStream, Metadata, type StatusObject, status } from '@grpc/grpc-js'
import type { AdsSource } from '../bootstrap/bootstrap.ts'
import { channelCredentials } from './channel-credentials.ts'

/** What happens on a stream. Nothing more happens after `onEnd`. */
export interface AdsStreamEvents {
  /** The control plane took the stream; it may say so with its first message only. */
  readonly onOpen: () => void
  readonly onMessage: (bytes: Uint8Array) => void
  /** The stream is over, or never was; `reason` says why in one line. */
  readonly onEnd: (reason: string) => void
}

/** One stream to the control plane, on a connection of its own. */
export interface AdsStream {
  send(bytes: Uint8Array): void
  /** Ends it; no event follows. */
  close(): void
}

const keepaliveTimeoutMs = 20_000

/**
 * Opens a stream.
 *
 * @throws {Error} if the files of its credentials cannot be read.
 */
export function openAdsStream(
  source: AdsSource,
  path: string,
  maxMessageBytes: number,
  events: AdsStreamEvents,
): AdsStream {
  const client = new Client(source.target, channelCredentials(source.credentials), {
    'grpc.max_receive_message_length': source.maxMessageBytes ?? maxMessageBytes,
    'grpc.max_send_message_length': -1,
    'grpc.keepalive_time_ms': source.keepaliveMs,
    'grpc.keepalive_timeout_ms': keepaliveTimeoutMs,
    // The back-off is ours: a new stream is a new connection, without the memory of the last one's failures.
    'grpc.use_local_subchannel_pool': 1,
    ...(source.authority !== undefined && { 'grpc.default_authority': source.authority }),
    ...serverName(source),
  })
  const metadata = new Metadata()
  for (const [name, value] of source.metadata) metadata.add(name, value)
  const call: ClientDuplexStream<Uint8Array, Uint8Array> = client.makeBidiStreamRequest(
    path,
    (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    (bytes: Buffer) => bytes,
    metadata,
  )
  let over = false
  const end = (): boolean => {
    if (over) return false
    over = true
    client.close()
    return true
  }
  call.on('metadata', () => {
    if (!over) events.onOpen()
  })
  call.on('data', (bytes: Uint8Array) => {
    if (!over) events.onMessage(bytes)
  })
  // `status` tells the same; without a listener the error would be thrown.
  call.on('error', () => undefined)
  call.on('status', ({ code, details }: StatusObject) => {
    if (end()) events.onEnd(`${status[code]}: ${details}`)
  })
  return {
    send: (bytes) => {
      if (!over) call.write(bytes)
    },
    close: () => {
      if (!over) call.cancel()
      end()
    },
  }
}

function serverName({ credentials }: AdsSource): Record<string, string> {
  if (credentials.kind === 'insecure' || credentials.serverName === undefined) return {}
  return { 'grpc.ssl_target_name_override': credentials.serverName }
}
