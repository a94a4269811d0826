import { describe, expect, test } from 'vitest'
import { bytesOf, decodeBlock, fieldsOf } from '../../test/hpack/hpack-fields.ts'
import { HpackDecoder } from './hpack-decoder.ts'
import { HpackError } from './hpack-error.ts'

/** Adds `a: b`, 34 bytes of the table. */
const addEntry = '40 01 61 01 62'

describe('refuses', () => {
  test.each([
    ['index 0', '80'],
    ['an index beyond the static table, the dynamic one being empty', 'be'],
    ['an index beyond the dynamic table', `${addEntry} bf`],
    ['a name index beyond the tables', '7e 01 61'],
    ['an index that is too large', 'ff ff ff ff ff 7f'],
    ['an index with more continuation bytes than a number has', 'ff 80 80 80 80 80 00'],
    ['an index that is cut off', 'ff 80'],
    ['a literal without a name', '00'],
    ['a literal without a value', '00 01 61'],
    ['a name that is cut off', '00 05 61'],
    ['a value that is cut off', '00 01 61 02 62'],
    ['a string whose length is too large', '00 7f ff ff ff 7f 61'],
    ['Huffman code that is padded with zeros', '00 01 61 81 18'],
    ['Huffman code that is padded with eleven ones', '00 01 61 82 1f ff'],
    ['Huffman code that is padded with a whole byte', '00 01 61 82 f8 ff'],
    ['Huffman code with the end of string in it', '00 01 61 84 ff ff ff ff'],
    ['a code that is cut off', '00 01 61 81 fe'],
    ['a table size above the limit', '3f e2 1f'],
    ['a table size after a field', '82 20'],
    ['more than two table sizes', '20 20 20'],
  ])('%s', (_, hex) => {
    expect(() => fieldsOf(hex)).toThrow(HpackError)
  })
})

describe('takes', () => {
  test.each([
    ['an empty block', ''],
    ['two table sizes', '20 3f e1 1f'],
    ['a table size alone', '20'],
  ])('%s', (_, hex) => {
    expect(fieldsOf(hex)).toEqual([])
  })

  test('empty names and values, which the sink may refuse', () => {
    expect(fieldsOf('00 00 00')).toEqual([['', '']])
  })

  test('Huffman code that needs no padding', () => {
    expect(fieldsOf('00 01 61 81 f8')).toEqual([['a', '&']])
  })

  test('Huffman code of nothing', () => {
    expect(fieldsOf('00 01 61 80')).toEqual([['a', '']])
  })

  test('a number with needless zeros', () => {
    expect(fieldsOf('0f 80 00 01 61')).toEqual([['accept-charset', 'a']])
  })

  test('bytes of every value, which the sink may refuse', () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
    const block = Buffer.concat([bytesOf('00 01 61 7f 81 01'), all])
    const [field] = decodeBlock(new HpackDecoder({ maxTableSize: 4096 }), block)
    expect(field?.[1]).toBe(all.toString('latin1'))
  })
})

describe('the dynamic table', () => {
  test('gives the same strings for every reference', () => {
    expect(fieldsOf(addEntry, 'be be')).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ])
  })

  test('is emptied by an entry that is larger than it', () => {
    const size = '3f 03' // 34 bytes
    expect(fieldsOf(`${size} ${addEntry}`, 'be')).toEqual([['a', 'b']])
    expect(() => fieldsOf(`${size} ${addEntry}`, '40 01 61 02 62 62', 'be')).toThrow(HpackError)
  })

  test('names an entry that is evicted by the field that is named after it', () => {
    const size = '3f 03'
    expect(fieldsOf(`${size} ${addEntry}`, '7e 01 63', 'be')).toEqual([['a', 'c']])
  })

  test('forgets everything when its size is 0, and stays so', () => {
    expect(() => fieldsOf(addEntry, '20', 'be')).toThrow(HpackError)
    expect(fieldsOf('20', addEntry)).toEqual([['a', 'b']])
    expect(() => fieldsOf('20', addEntry, 'be')).toThrow(HpackError)
  })

  test('has to be made smaller when the settings did, before anything else', () => {
    const decoder = new HpackDecoder({ maxTableSize: 4096 })
    decoder.setMaxTableSize(100)
    expect(() => decodeBlock(decoder, bytesOf('82'))).toThrow('no table size update')

    const obedient = new HpackDecoder({ maxTableSize: 4096 })
    obedient.setMaxTableSize(100)
    expect(decodeBlock(obedient, bytesOf('3f 45 82'))).toEqual([[':method', 'GET']])
    expect(decodeBlock(obedient, bytesOf('82'))).toEqual([[':method', 'GET']])
  })

  test('has to be made as small as it had to be in between', () => {
    const tell = (block: string) => {
      const decoder = new HpackDecoder({ maxTableSize: 4096 })
      decoder.setMaxTableSize(0)
      decoder.setMaxTableSize(4096)
      return decodeBlock(decoder, bytesOf(block))
    }
    expect(() => tell('82')).toThrow(HpackError)
    expect(() => tell('3f e1 1f 82')).toThrow(HpackError)
    expect(tell('20 3f e1 1f 82')).toEqual([[':method', 'GET']])
  })

  test('may grow when the settings did, and need not', () => {
    const decoder = new HpackDecoder({ maxTableSize: 4096 })
    decoder.setMaxTableSize(8192)
    expect(decodeBlock(decoder, bytesOf('82'))).toEqual([[':method', 'GET']])
    expect(decodeBlock(decoder, bytesOf('3f e1 3f 82'))).toEqual([[':method', 'GET']])
  })
})

describe('tells the form of', () => {
  const formOf = (name: string, value: string) => {
    const block = Buffer.concat([
      Buffer.from([0x40, name.length]),
      Buffer.from(name, 'latin1'),
      Buffer.from([value.length]),
      Buffer.from(value, 'latin1'),
      // Once more from the table, then its name with a value that is good.
      bytesOf('be 7e 01 61'),
    ])
    const forms: boolean[] = []
    new HpackDecoder({ maxTableSize: 4096 }).decode(block, 0, block.length, {
      onHeader: (_name, _value, wellFormed) => forms.push(wellFormed),
    })
    return forms
  }

  test.each(['a', ':path', 'x-y_z.1', "!#$%&'*+-.^_`|~"])('the name %j', (name) => {
    expect(formOf(name, 'v')).toEqual([true, true, true])
  })

  test.each(['', ':', 'A', 'a b', 'a:', 'a\0', '::a', 'a\xe9', 'a\n'])('the name %j', (name) => {
    expect(formOf(name, 'v')).toEqual([false, false, false])
  })

  test.each(['', 'v', 'a b\tc', '\x80\xff'])('the value %j', (value) => {
    expect(formOf('a', value)).toEqual([true, true, true])
  })

  test.each([' v', 'v ', '\tv', 'v\t', ' ', 'a\nb', 'a\rb', 'a\0b', 'a\x7fb', 'a\n'])(
    'the value %j',
    (value) => {
      expect(formOf('a', value)).toEqual([false, false, true])
    },
  )
})

test('a block full of references to one large entry costs no more than its bytes', () => {
  const value = 'v'.repeat(3000)
  const decoder = new HpackDecoder({ maxTableSize: 4096 })
  decodeBlock(decoder, Buffer.concat([bytesOf('40 01 61 7f b9 16'), Buffer.from(value, 'latin1')]))
  const bomb = Buffer.alloc(100_000, 0xbe)
  const kept: string[] = []
  const before = process.memoryUsage().heapUsed

  decoder.decode(bomb, 0, bomb.length, { onHeader: (_, it) => kept.push(it) })

  expect(kept.reduce((sum, it) => sum + it.length, 0)).toBe(bomb.length * value.length)
  // 300 MB are referred to.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(30_000_000)
})
