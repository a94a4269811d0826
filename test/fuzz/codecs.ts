import { plantedBeginningFaults } from '../../packages/mini-proxy/test/first-bytes/beginning-fuzz.ts'
import { fuzzClientHello } from '../../packages/mini-proxy/test/first-bytes/client-hello-fuzz.ts'
import { fuzzProxyProtocol } from '../../packages/mini-proxy/test/first-bytes/proxy-protocol-fuzz.ts'
import { fuzzHpack, plantedHpackFaults } from '../../packages/mini-proxy/test/hpack/hpack-fuzz.ts'
import { fuzzHttp1, plantedHttp1Faults } from '../../packages/mini-proxy/test/http1/http1-fuzz.ts'
import { fuzzClient } from '../../packages/mini-proxy/test/http2/client-fuzz.ts'
import { fuzzFrames, plantedFrameFaults } from '../../packages/mini-proxy/test/http2/frame-fuzz.ts'
import { fuzzServer } from '../../packages/mini-proxy/test/http2/server-fuzz.ts'
import type { FuzzRound, FuzzTarget } from './fuzz-target.ts'

/** Of which a round has so many, and so many are tried with each planted fault. */
interface Sizes {
  readonly ofRound: number
  readonly ofPlanted: number
}

const pure: Sizes = { ofRound: 2000, ofPlanted: 1000 }
/** Every one takes a turn of the event loop. */
const turning: Sizes = { ofRound: 500, ofPlanted: 100 }

type Outcome = Omit<FuzzRound, 'inputs'>
type Fuzzing<Fault> = (
  random: () => number,
  inputs: number,
  planted?: Fault,
) => Outcome | Promise<Outcome>

/** HPACK blocks, to the decoder and to one by the letter of the RFC. */
export const hpack: FuzzTarget = {
  inputs: 'header blocks',
  ...targetOf(fuzzHpack, plantedHpackFaults, pure),
}

/** Bytes of HTTP/2 frames, whole and cut anywhere. */
export const frames: FuzzTarget = {
  inputs: 'connections',
  ...targetOf(fuzzFrames, plantedFrameFaults, pure),
}

/** Bytes of HTTP/1 messages, whole and cut anywhere. */
export const http1: FuzzTarget = {
  inputs: 'connections',
  ...targetOf(fuzzHttp1, plantedHttp1Faults, pure),
}

/** PROXY headers, whole and cut anywhere, and what sound ones say. */
export const proxyProtocol: FuzzTarget = {
  inputs: 'connections',
  ...targetOf(fuzzProxyProtocol, plantedBeginningFaults, pure),
}

/** ClientHellos, whole and cut anywhere, and what sound ones say. */
export const clientHello: FuzzTarget = {
  inputs: 'connections',
  ...targetOf(fuzzClientHello, plantedBeginningFaults, pure),
}

/** Bytes of HTTP/2 clients to whole server connections, at once and cut anywhere. */
export const http2: FuzzTarget = {
  inputs: 'connections',
  ...targetOf(fuzzServer, plantedFrameFaults, turning),
}

/** Bytes of HTTP/2 servers to whole client connections, at once and cut anywhere. */
export const http2Client: FuzzTarget = {
  inputs: 'connections',
  ...targetOf(fuzzClient, plantedFrameFaults, turning),
}

function targetOf<Fault>(
  fuzz: Fuzzing<Fault>,
  faults: Readonly<Record<string, Fault>>,
  { ofRound, ofPlanted }: Sizes,
): Omit<FuzzTarget, 'inputs'> {
  return {
    round: async (random) => ({ inputs: ofRound, ...(await fuzz(random, ofRound)) }),
    planted: Object.fromEntries(
      Object.entries(faults).map(([name, fault]) => [
        name,
        async (random: () => number) => ({
          inputs: ofPlanted,
          ...(await fuzz(random, ofPlanted, fault)),
        }),
      ]),
    ),
  }
}
