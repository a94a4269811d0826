import type { Http2ProtocolOptionsJson } from '@meshwright/xds-types/envoy/config/core/v3'
import { durationMs } from '../network/duration.ts'

/** How HTTP/2 is spoken on a connection, either side. Envoy: http2_protocol_options. */
export interface Http2Options {
  /** Bytes of each side's table of headers sent before. Default: 4096. */
  readonly hpackTableBytes: number
  /** Streams that the peer may have open, or that are opened to it. Default: 1024. */
  readonly maxConcurrentStreams: number
  /** Bytes of a stream that the peer may send ahead of whoever takes them. Default: 1 MiB. */
  readonly streamWindowBytes: number
  /** The same of all streams of a connection. Default: 16 MiB. */
  readonly connectionWindowBytes: number
  /** Take extended CONNECT, RFC 8441. Default: false. */
  readonly allowConnect: boolean
  /** Frames that may wait for the peer to read. Default: 10 000. */
  readonly maxOutboundFrames: number
  /** Of them such as answer frames of the peer: PING, SETTINGS, RST_STREAM. Default: 1000. */
  readonly maxOutboundControlFrames: number
  /** HEADERS, CONTINUATION and DATA in a row with nothing in them. Default: 1. */
  readonly maxConsecutiveEmptyFrames: number
  /** PRIORITY frames per stream opened. Default: 100. */
  readonly maxPriorityFramesPerStream: number
  /** WINDOW_UPDATE frames per DATA frame sent. Default: 10. */
  readonly maxWindowUpdatesPerDataFrame: number
  /** A malformed message ends its stream only. Default: false, it ends the connection. */
  readonly streamErrorOnInvalidMessage: boolean
  /** Asks now and then whether the peer is still there. Default: never. */
  readonly keepalive: Keepalive | undefined
}

/** PING frames. Milliseconds; `Infinity` for never. */
export interface Keepalive {
  readonly intervalMs: number
  /** The connection ends if the answer takes longer. */
  readonly timeoutMs: number
}

const mebibyte = 1 << 20

/** Bytes of a window nobody has spoken of yet, RFC 9113 6.9.2. */
export const initialWindowBytes = 65_535

/** Fills in the defaults. Windows are smaller than Envoy's 16 and 24 MiB: each is memory that a peer can make this side hold. */
export function resolveHttp2Options(json: Http2ProtocolOptionsJson = {}): Http2Options {
  const { connectionKeepalive: keepalive } = json
  return {
    hpackTableBytes: Math.min(json.hpackTableSize ?? 4096, maxTableBytes),
    maxConcurrentStreams: json.maxConcurrentStreams ?? 1024,
    streamWindowBytes: json.initialStreamWindowSize ?? mebibyte,
    connectionWindowBytes: json.initialConnectionWindowSize ?? 16 * mebibyte,
    allowConnect: json.allowConnect === true,
    maxOutboundFrames: json.maxOutboundFrames ?? 10_000,
    maxOutboundControlFrames: json.maxOutboundControlFrames ?? 1000,
    maxConsecutiveEmptyFrames: json.maxConsecutiveInboundFramesWithEmptyPayload ?? 1,
    maxPriorityFramesPerStream: json.maxInboundPriorityFramesPerStream ?? 100,
    maxWindowUpdatesPerDataFrame: json.maxInboundWindowUpdateFramesPerDataFrameSent ?? 10,
    streamErrorOnInvalidMessage:
      json.overrideStreamErrorOnInvalidHttpMessage ??
      json.streamErrorOnInvalidHttpMessaging ??
      false,
    keepalive:
      keepalive?.interval === undefined
        ? undefined
        : {
            intervalMs: durationMs(keepalive.interval, Number.POSITIVE_INFINITY),
            timeoutMs: durationMs(keepalive.timeout, Number.POSITIVE_INFINITY),
          },
  }
}

/** Options that bound what a peer may do, and that are not enforced here. */
export const unsupportedHttp2Options: readonly (keyof Http2ProtocolOptionsJson)[] = [
  'disallowObsText',
  'maxHeaderFieldSizeKb',
  'streamResetBurst',
  'streamResetRate',
]

/** Options without which the same requests get the same answers. */
export const ignoredHttp2Options: readonly (keyof Http2ProtocolOptionsJson)[] = [
  'allowMetadata',
  'customSettingsParameters',
  'maxMetadataSize',
]

/** Compresses no better, and is memory that every connection may hold. */
const maxTableBytes = 1 << 16
