/** What every proof rests on. */
export const assumptions: readonly string[] = [
  'a request names a host, in the characters of host names, perhaps with a port',
  'a path begins with a slash, but for OPTIONS * and for CONNECT without a path',
  'each header, query parameter and cookie occurs at most once',
  'a client certificate that was validated was presented',
  'no runtime key is set',
  'the draw of a request is uniform over a range much larger than weights and denominators',
]
