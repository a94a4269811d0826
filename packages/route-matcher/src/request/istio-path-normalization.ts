import type { PathNormalization } from './normalize-path.ts'

/** Levels of MeshConfig's `pathNormalization.normalization`. */
export type IstioPathNormalization =
  | 'DEFAULT'
  | 'NONE'
  | 'BASE'
  | 'MERGE_SLASHES'
  | 'DECODE_AND_MERGE_SLASHES'

/**
 * What a level of Istio's path normalisation does: NONE nothing, BASE (and DEFAULT) RFC 3986, MERGE_SLASHES that and `//`,
 * DECODE_AND_MERGE_SLASHES that after `%2F` and `%5C` became slashes.
 *
 * @example
 * ```ts
 * normalizePath('/a%2f..//b', istioPathNormalization('DECODE_AND_MERGE_SLASHES')) // => { kind: 'ok', path: '/b' }
 * ```
 */
export function istioPathNormalization(level: IstioPathNormalization): PathNormalization {
  return {
    normalizePath: level !== 'NONE',
    mergeSlashes: level === 'MERGE_SLASHES' || level === 'DECODE_AND_MERGE_SLASHES',
    pathWithEscapedSlashesAction:
      level === 'DECODE_AND_MERGE_SLASHES' ? 'UNESCAPE_AND_FORWARD' : 'KEEP_UNCHANGED',
  }
}
