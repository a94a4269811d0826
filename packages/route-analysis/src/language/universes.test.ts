import { expect, test } from 'vitest'
import { accepts } from './accepts.ts'
import { type Universes, universes } from './universes.ts'

test.each<[keyof Universes, readonly string[], readonly string[]]>([
  [
    'requestPaths',
    ['/', '/a%2f', '//', '/é/😀', '/~!$&\'()*+,;=:@|"<>\\^`{}[]'],
    ['', 'a', '/?', '/a#', '/ ', '/\u007f', '/\n', '*'],
  ],
  [
    'headerValues',
    ['', 'a', 'a b', 'a\tb', '"', 'é'],
    [' a', 'a ', '\ta', 'a\t', ' ', 'a\nb', '\0', '\u007f'],
  ],
  ['queryValues', ['', 'a=b', '%20', '+', '?', '/'], ['a&b', '#', ' ']],
  ['cookieValues', ['', 'a=b', '!#~'], [' ', ';', '"', ',', '\\', 'é']],
  [
    'hostNames',
    ['a', 'shop.example.org:8080', '[::1]:80', '127.0.0.1', '_a'],
    ['', 'A', 'a/b', 'ö'],
  ],
  ['methods', ['GET', 'M-SEARCH', "x!#$%&'*+-.^_`|~"], ['', 'GET ', 'a/b', '"']],
])('%s holds what such a part of a request may be and nothing else', (name, inside, outside) => {
  expect(inside.filter((text) => !accepts(universes[name], text))).toEqual([])
  expect(outside.filter((text) => accepts(universes[name], text))).toEqual([])
})
