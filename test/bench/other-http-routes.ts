const count = 999

/** The routes of ours that a request for `/` passes by: prefixes, every fifth for a header only. */
export const otherHttpRoutes: readonly object[] = Array.from({ length: count }, (_, i) => {
  const only = i % 5 === 0 ? { headers: [{ name: 'x-env', string_match: { exact: 'test' } }] } : {}
  const prefix = `/api/v${i % 3}/s${i % 100}/r${i}/`
  return { match: { prefix, ...only }, route: { cluster: 'backend' } }
})
