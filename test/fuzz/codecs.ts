import { fuzzHpack, plantedHpackFaults } from '../../packages/mini-proxy/test/hpack/hpack-fuzz.ts'
import { fuzzHttp1, plantedHttp1Faults } from '../../packages/mini-proxy/test/http1/http1-fuzz.ts'
import { fuzzFrames, plantedFrameFaults } from '../../packages/mini-proxy/test/http2/frame-fuzz.ts'
import type { FuzzRound, FuzzTarget } from './fuzz-target.ts'

const inputsOfRound = 2000
const inputsOfPlanted = 1000

type Fuzzing<Fault> = (
  random: () => number,
  inputs: number,
  planted?: Fault,
) => Omit<FuzzRound, 'inputs'>

/** HPACK blocks, to the decoder and to one by the letter of the RFC. */
export const hpack: FuzzTarget = targetOf('header blocks', fuzzHpack, plantedHpackFaults)

/** Bytes of HTTP/2 frames, whole and cut anywhere. */
export const frames: FuzzTarget = targetOf('HTTP/2 connections', fuzzFrames, plantedFrameFaults)

/** Bytes of HTTP/1 messages, whole and cut anywhere. */
export const http1: FuzzTarget = targetOf('HTTP/1 connections', fuzzHttp1, plantedHttp1Faults)

function targetOf<Fault>(
  inputs: string,
  fuzz: Fuzzing<Fault>,
  faults: Readonly<Record<string, Fault>>,
): FuzzTarget {
  return {
    inputs,
    round: (random) => ({ inputs: inputsOfRound, ...fuzz(random, inputsOfRound) }),
    planted: Object.fromEntries(
      Object.entries(faults).map(([name, fault]) => [
        name,
        (random) => ({ inputs: inputsOfPlanted, ...fuzz(random, inputsOfPlanted, fault) }),
      ]),
    ),
  }
}
