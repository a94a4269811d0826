import type { SourceRange } from '@meshwright/mesh-config'

/** Where a route is written. */
export interface RouteSource extends SourceRange {
  /** The VirtualService; absent for an Envoy configuration. */
  readonly resource?: {
    readonly kind: string
    readonly namespace: string
    readonly name: string
  }
  /** `spec.http[1].match[0]` in the resource, or the path in an Envoy configuration. */
  readonly path: string
  /** Of a delegated route: the route, or its match, that delegates to it. */
  readonly via?: RouteSource
}

/** `mesh/reviews.yaml:12:5` */
export function sourceText({ file, line, column }: SourceRange): string {
  return `${file}:${line}:${column}`
}

/** `spec.http[0].match` */
export function pathText(path: readonly (string | number)[]): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '')
}
