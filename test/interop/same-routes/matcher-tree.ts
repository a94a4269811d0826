import { type Draw, values } from '../drawn/draw.ts'
import { type DrawnCondition, drawPathCondition, drawText } from './conditions.ts'
import { namedRoute } from './named-route.ts'

/** A matcher tree, as a virtual host may have in place of a list of routes. */
export function drawMatcherTree(draw: Draw, name: string): object {
  const leaf = (id: string, from: DrawnCondition = anyPath): object => ({
    action: {
      name: 'route',
      typedConfig: {
        '@type': 'type.googleapis.com/envoy.config.route.v3.Route',
        ...namedRoute(`${name}/${id}`, from.match),
      },
    },
  })
  const otherwise = draw.maybe(0.5) && { onNoMatch: leaf('none', drawPathCondition(draw)) }
  return {
    ...draw.one([exactTree, prefixTree, list])(draw, leaf),
    ...otherwise,
  }
}

type Leaf = (id: string, from?: DrawnCondition) => object

const anyPath: DrawnCondition = { kind: 'prefix', match: { prefix: '/' } }

function exactTree(draw: Draw, leaf: Leaf): object {
  const keys = ['z', ...values.filter((it) => it !== '' && draw.maybe(0.5))]
  const map = Object.fromEntries(keys.map((it) => [it, leaf(`exact-${it}`)]))
  return { matcherTree: { input: headerInput('h1'), exactMatchMap: { map } } }
}

function prefixTree(draw: Draw, leaf: Leaf): object {
  const map = {
    '/': leaf('root'),
    '/a': leaf('a'),
    '/ab': leaf('ab', drawPathCondition(draw)),
  }
  return { matcherTree: { input: headerInput(':path'), prefixMatchMap: { map } } }
}

function list(draw: Draw, leaf: Leaf): object {
  const matchers = Array.from({ length: 3 }, (_, i) => ({
    predicate: drawPredicate(draw),
    onMatch: leaf(`list-${i}`, draw.maybe(0.3) ? drawPathCondition(draw) : undefined),
  }))
  return { matcherList: { matchers } }
}

function drawPredicate(draw: Draw): object {
  const single = (): object => ({
    singlePredicate: {
      input: headerInput(draw.one(['h1', 'h2', ':path'])),
      valueMatch: drawText(draw).matcher,
    },
  })
  return draw.one([
    () => single(),
    () => ({ notMatcher: single() }),
    () => ({ orMatcher: { predicate: [single(), single()] } }),
    () => ({ andMatcher: { predicate: [single(), single()] } }),
  ])()
}

function headerInput(headerName: string): object {
  return {
    name: 'header',
    typedConfig: {
      '@type': 'type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput',
      headerName,
    },
  }
}
