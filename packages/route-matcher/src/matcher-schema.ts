import type { Schema } from './field-rule.ts'

/** The messages by which routes look at more than path, headers, query and cookies. */
export const matcherSchemas: Readonly<Record<string, Schema>> = {
  TlsContext: { presented: 'boolean', validated: 'boolean' },
  MetadataMatcher: {
    filter: 'string',
    path: 'Keyed[]',
    value: 'ValueMatcher',
    invert: 'boolean',
  },
  ValueMatcher: {
    nullMatch: 'any',
    doubleMatch: 'DoubleMatcher',
    stringMatch: 'StringMatcher',
    boolMatch: 'boolean',
    presentMatch: 'boolean',
    listMatch: 'ListMatcher',
    orMatch: 'OrMatcher',
  },
  DoubleMatcher: { range: 'DoubleRange', exact: 'double' },
  DoubleRange: { start: 'double', end: 'double' },
  ListMatcher: { oneOf: 'ValueMatcher' },
  OrMatcher: { valueMatchers: 'ValueMatcher[]' },
  FilterStateMatcher: {
    key: 'string',
    stringMatch: 'StringMatcher',
    addressMatch: 'AddressMatcher',
  },
  AddressMatcher: { ranges: 'CidrRange[]', invertMatch: 'boolean' },
  CidrRange: { addressPrefix: 'string', prefixLen: 'uint32' },
  UriTemplateMatchConfig: { pathTemplate: 'string' },
}
