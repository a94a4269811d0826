import fc from 'fast-check'
import { RE2JS } from 're2js'
import { describe, expect, test } from 'vitest'
import { compileUriTemplate, type RouteMatchJson, UriTemplateError } from '../src/index.ts'
import { parseUriTemplate } from '../src/predicate/parse-uri-template.ts'
import { configurationOf, faultsOf, passes } from './route-tables.ts'

const type =
  'type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig'

function matchOf(pathTemplate: string): RouteMatchJson {
  return { pathMatchPolicy: { name: 'template', typedConfig: { '@type': type, pathTemplate } } }
}

describe('a URI template', () => {
  // Each verdict was also asked of Envoy 1.40.
  test.each<[string, string[], string[]]>([
    ['/', ['/', '/?x=/y'], ['/a', '//']],
    ['/a/', ['/a/'], ['/a', '/a//']],
    ['/a=b', ['/a=b'], ['/a']],
    ['/*', ['/a*b', '/a=b', '/a%20', '/a;b', '/a?b/c'], ['/', '/a[', '/a|', '/a"', '/é', '/a/b']],
    ['/**', ['/', '/a//', '/a*b', '/a;b', '/a?x'], ['/é']],
    ['/{a}b/c', ['/xb/c', '/bbb/c', '/xbb/c'], ['/b/c', '/xb/c/d']],
    ['/{a}/x{b}y/z', ['/1/xqy/z', '/1/xyy/z'], ['/1/xy/z']],
    ['/a{x=**}', ['/a', '/a/b', '/ab/c'], ['/b']],
    ['/foo-{x}.mp4', ['/foo-a.mp4', '/foo-a.mp4.mp4'], ['/foo-.mp4']],
    ['/**/a/b.c', ['//a/b.c', '/x/a/b.c'], ['/a/b.c', '/x/a/bxc']],
    ['/{a=*/**}/b', ['/x//b', '/x/y/b', '/x/y/z/b'], ['/x/b']],
    ['/*/', ['/a/'], ['/a', '//']],
    ['/{a=y}', ['/y'], ['/x']],
  ])('%s fits %j and not %j', (template, fits, fails) => {
    for (const path of fits)
      expect([path, passes(matchOf(template), { path })]).toEqual([path, true])
    for (const path of fails)
      expect([path, passes(matchOf(template), { path })]).toEqual([path, false])
  })

  // Envoy 1.40 refuses each of them, but for those with a star inside a text.
  test.each([
    ['', '1 to 256 characters'],
    [`/${'a'.repeat(256)}`, '1 to 256 characters'],
    ['a', 'a / followed by'],
    ['/a b', 'printable ASCII'],
    ['/é', 'printable ASCII'],
    ['//', 'letters, digits'],
    ['/a//b', 'letters, digits'],
    ['/[x]', 'letters, digits'],
    ['/a}', 'letters, digits'],
    ['/foo*', 'letters, digits'],
    ['/***', 'letters, digits'],
    ['/foo-{x}-{y}', 'letters, digits'],
    ['/{x}{y}', 'letters, digits'],
    ['/*{a}', 'letters, digits'],
    ['/x-{a=b/*}', 'letters, digits'],
    ['/x{a', 'letters, digits'],
    ['/{a', 'a } for the {'],
    ['/{x=}', 'a pattern after ='],
    ['/{a=b/}', 'a pattern after ='],
    ['/{a=/b}', 'letters, digits'],
    ['/{a=*.b}', 'a / after a glob'],
    ['/{a=***}', 'a / after a glob'],
    ['/{}', 'a name of 1 to 16'],
    ['/{1a}', 'a name of 1 to 16'],
    ['/{abcdefghijklmnopq}', 'a name of 1 to 16'],
    ['/{a}/{b}/{c}/{d}/{e}/{f}', 'at most 5 variables'],
    ['/{a}/{a}', 'a name once'],
    ['/**/*', 'no glob and no variable after **'],
    ['/**/{a}', 'no glob and no variable after **'],
    ['/**/foo-{x}', 'no glob and no variable after **'],
    ['/*.mp4/x', 'nothing after the text'],
  ])('%s is refused', (template, expected) => {
    const [fault] = faultsOf(configurationOf(matchOf(template)))
    expect(fault).toMatch(
      /routes\[0\]\.match\.pathMatchPolicy\.typedConfig\.pathTemplate: expected /,
    )
    expect(fault).toContain(expected)
  })

  test('as long as allowed, with as many variables and names as long as allowed, is fine', () => {
    expect(faultsOf(configurationOf(matchOf(`/${'a'.repeat(255)}`)))).toEqual([])
    expect(faultsOf(configurationOf(matchOf('/{a}/{b}/{c}/{d}/{abcdefghijklmnop}')))).toEqual([])
  })

  test.each<[string, string, Record<string, string>]>([
    ['/{lang}/{rest=**}', '/de/a/b', { lang: 'de', rest: 'a/b' }],
    ['/{a=x/*}/y', '/x/1/y', { a: 'x/1' }],
    ['/foo-{x}.mp4', '/foo-a.mp4.mp4', { x: 'a.mp4' }],
    ['/{a=**}/tail', '/1/2/tail', { a: '1/2' }],
    ['/{a=**}', '/', { a: '' }],
    ['/*/{b}/c', '/1/2/c', { b: '2' }],
  ])('%s of %s captures %j', (template, path, expected) => {
    expect(Object.fromEntries(compileUriTemplate(template).captures(path) ?? [])).toEqual(expected)
  })

  test('refused by itself, it says what was expected and found', () => {
    expect(() => compileUriTemplate('/{1}')).toThrow(UriTemplateError)
    expect(() => compileUriTemplate('/{1}')).toThrow(
      'expected a name of 1 to 16 letters, digits and _, a letter first, got "1"',
    )
  })

  test('without a fit there are no captures', () => {
    expect(compileUriTemplate('/{a}').captures('/x/y')).toBeUndefined()
  })

  test('fits and captures what its own regex does, by an engine of its own', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.'), minLength: 1, maxLength: 2 })
    const inner = fc.constantFrom('', '=*', '=**', '=a/*', '=*/**', '=b')
    const segment = fc.oneof(
      text,
      fc.constantFrom('*', '**'),
      fc
        .tuple(
          fc.constantFrom('', 'a'),
          fc.constantFrom('p', 'q', 'r'),
          inner,
          fc.constantFrom('', 'b'),
        )
        .map(([before, name, pattern, after]) => `${before}{${name}${pattern}}${after}`),
    )
    const template = fc.array(segment, { maxLength: 4 }).map((all) => `/${all.join('/')}`)
    const path = fc
      .string({ unit: fc.constantFrom('a', 'b', '.', '/', 'é'), maxLength: 8 })
      .map((it) => `/${it}`)
    let compared = 0
    let fitted = 0
    fc.assert(
      fc.property(template, fc.array(path, { minLength: 10, maxLength: 10 }), (source, paths) => {
        fc.pre(isTemplate(source))
        const compiled = compileUriTemplate(source)
        const regex = RE2JS.compile(compiled.pattern)
        for (const it of paths) {
          const matcher = regex.matcher(it)
          const fits = matcher.matches()
          const expected = fits
            ? compiled.variables.map((name) => [name, matcher.group(name)])
            : undefined
          const got = compiled.captures(it)
          expect([source, it, got && [...got]]).toEqual([source, it, expected])
          expect(compiled.matches(it)).toBe(fits)
          compared++
          if (fits) fitted++
        }
      }),
      { numRuns: 1000 },
    )
    expect(compared).toBe(10_000)
    expect(fitted).toBeGreaterThan(500)
  })

  test('neither letter case nor ignored path parameters concern it', () => {
    expect(passes({ ...matchOf('/a'), caseSensitive: false }, { path: '/A' })).toBe(false)
  })

  test('another type of policy is a fault', () => {
    const match = { pathMatchPolicy: { name: 'x', typedConfig: { '@type': 'a/b.C' } } }
    expect(faultsOf(configurationOf(match))).toEqual([
      'virtualHosts[0].routes[0].match.pathMatchPolicy.typedConfig: expected a envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig, got b.C',
    ])
  })
})

function isTemplate(text: string): boolean {
  try {
    parseUriTemplate(text)
    return true
  } catch {
    return false
  }
}
