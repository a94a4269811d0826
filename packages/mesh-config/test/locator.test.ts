import { expect, test } from 'vitest'
import { createLocator, readConfig, type SourceRange } from '../src/index.ts'

const text = `# the first document
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews}
spec:
  hosts: [reviews]
  http:
    - match:
        - uri: {prefix: /a}
        - uri:
            exact: /b

      route: &to
        - destination: {host: reviews}
    - name: rest
      route: *to
---
apiVersion: v1
kind: List
items:
  - apiVersion: networking.istio.io/v1
    kind: VirtualService
    metadata: {name: ratings}
    spec:
      hosts: [ratings]
      http:
        - <<: {timeout: 5s}
          route: [{destination: {host: reviews}}]
  - {apiVersion: v1, kind: Service, metadata: {name: reviews}, spec: {ports: [{port: 80}]}}
`

const files = [{ path: 'a.yaml', text }]

function resource(name: string): { readonly source: Parameters<Locate>[0] } {
  const { snapshot, diagnostics } = readConfig(files)
  const found = snapshot?.virtualServices.find(({ metadata }) => metadata.name === name)
  if (found === undefined) throw new Error(JSON.stringify(diagnostics))
  return found
}

type Locate = ReturnType<typeof createLocator>['rangeOf']

/** What of the text a range covers. */
function covered(range: SourceRange | undefined): string {
  if (range === undefined) return 'nothing'
  const lines = text.split('\n')
  const offset = (line: number, column: number): number =>
    lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + column - 1
  return text.slice(offset(range.line, range.column), offset(range.endLine, range.endColumn))
}

test('a value is found where it is written, to its end and not beyond', () => {
  const { rangeOf } = createLocator(files)
  const { source } = resource('reviews')

  expect(rangeOf(source, ['spec', 'http', 0, 'match', 0])).toEqual({
    file: 'a.yaml',
    line: 9,
    column: 11,
    endLine: 9,
    endColumn: 28,
  })
  expect(covered(rangeOf(source, ['spec', 'http', 0, 'match', 1]))).toBe(
    'uri:\n            exact: /b',
  )
  expect(covered(rangeOf(source, ['spec', 'hosts', 0]))).toBe('reviews')
  expect(covered(rangeOf(source, ['spec', 'http', 1, 'name']))).toBe('rest')
})

test('aliases and merge keys are followed, in lists of resources too', () => {
  const { rangeOf } = createLocator(files)

  const alias = rangeOf(resource('reviews').source, ['spec', 'http', 1, 'route', 0, 'destination'])
  expect(covered(alias)).toBe('{host: reviews}')
  expect(alias?.line).toBe(14)
  const merged = rangeOf(resource('ratings').source, ['spec', 'http', 0, 'timeout'])
  expect([covered(merged), merged?.line]).toEqual(['5s', 27])
})

test('of a path that leads nowhere, the nearest thing above it is shown', () => {
  const { rangeOf } = createLocator(files)
  const { source } = resource('reviews')

  expect(covered(rangeOf(source, ['spec', 'hosts', 7]))).toBe('[reviews]')
  expect(covered(rangeOf(source, ['spec', 'http', 1, 'match', 0]))).toBe(
    'name: rest\n      route: *to',
  )
})

test('what begins nowhere in the files is nowhere', () => {
  const { rangeOf } = createLocator(files)

  expect(rangeOf({ file: 'b.yaml', line: 2, column: 1 }, [])).toBeUndefined()
  expect(rangeOf({ file: 'a.yaml', line: 6, column: 2 }, [])).toBeUndefined()
})

test('documents are found in any order, and windows line ends and a byte order mark do not matter', () => {
  const windows = [{ path: 'a.yaml', text: `\ufeff${text.replaceAll('\n', '\r\n')}` }]
  const { rangeOf } = createLocator(windows)
  const plain = createLocator(files)
  for (const name of ['ratings', 'reviews', 'ratings']) {
    const path = ['spec', 'http', 0, 'route', 0, 'destination', 'host']
    const { source } = resource(name)
    expect(plain.rangeOf(source, path)?.line).toBe(name === 'reviews' ? 14 : 28)
    expect(rangeOf(source, path)).toEqual(plain.rangeOf(source, path))
  }
})
