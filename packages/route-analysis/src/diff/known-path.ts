import type { PathRewriteAnswer, RouteAnswer } from '@meshwright/route-matcher'

/** What is known of the path of every request that an answer is for. */
export interface KnownPath {
  /** The path without query, if it is always the same. */
  readonly whole: string | undefined
  /** What a path without query is rewritten to by this very route, worked out by the matcher. */
  rewritten(): string | undefined
}

/** The answer with its path rewrite in the one form that rewrites of equal effect share, where nothing is known of the path. */
export function shortenRewrite(answer: RouteAnswer, caseSensitive: boolean): RouteAnswer {
  return caseSensitive ? withRewrite(answer, shortened) : answer
}

/** The answer with its path rewrite in the one form that rewrites of equal effect share, where the path is known. */
export function resolveRewrite(answer: RouteAnswer, path: KnownPath): RouteAnswer {
  const { whole } = path
  return whole === undefined ? answer : withRewrite(answer, (it) => resolved(it, whole, path))
}

function withRewrite(
  answer: RouteAnswer,
  change: (rewrite: PathRewriteAnswer) => PathRewriteAnswer,
): RouteAnswer {
  if (answer.kind !== 'cluster' && answer.kind !== 'redirect') return answer
  const { pathRewrite } = answer
  return pathRewrite === undefined ? answer : { ...answer, pathRewrite: change(pathRewrite) }
}

/** What both texts end with stays as it is: that much less is replaced. */
function shortened(rewrite: PathRewriteAnswer): PathRewriteAnswer {
  if (rewrite.kind !== 'prefix') return rewrite
  const { strip, by } = rewrite
  let kept = 0
  while (kept < Math.min(strip.length, by.length) && strip.at(-1 - kept) === by.at(-1 - kept)) {
    kept++
  }
  return {
    kind: 'prefix',
    strip: strip.slice(0, strip.length - kept),
    by: by.slice(0, by.length - kept),
  }
}

function resolved(rewrite: PathRewriteAnswer, path: string, known: KnownPath): PathRewriteAnswer {
  if (rewrite.kind === 'prefix') {
    return { kind: 'whole', by: rewrite.by + path.slice(rewrite.strip.length) }
  }
  if (rewrite.kind !== 'regex' && rewrite.kind !== 'uri-template') return rewrite
  const by = known.rewritten()
  return by === undefined ? rewrite : { kind: 'whole', by }
}
