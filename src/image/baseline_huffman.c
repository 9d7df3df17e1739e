#include "image/baseline_huffman.h"

#include <string.h>

#define LOOK BASELINE_HUFFMAN_LOOK

/* An entry of `look`: bits to take in the lowest byte, then a step, then 16 bits of value.
 * A step of 1 to 16 (0 in a DC table) leads to the place of the coefficient that is the value; the
 * others lead beyond the block, so that one comparison finds all that is special. */
#define STEP_END  0x40 /* of the block */
#define STEP_OPEN 0x80 /* the value is the symbol, the bits are those of the code alone */
#define STEP_LONG 0xc0 /* the code is longer than a look, or there is none */

/* From zigzag order to that of baseline_kernels_place. */
static const uint8_t place_of[64] = {
    0,  1,  16, 32, 17, 2,  3,  18, 33, 48, 8,  49, 34, 19, 4,  7,  20, 35, 50, 9,  56, 40,
    57, 10, 51, 36, 23, 6,  5,  22, 39, 52, 11, 58, 41, 24, 25, 42, 59, 12, 55, 38, 21, 37,
    54, 15, 60, 43, 26, 27, 44, 63, 14, 53, 13, 62, 47, 28, 31, 46, 61, 45, 30, 29,
};

/* The table. */

/* A value of so many bits, which stand at the top of `word`: those that begin with 0 are negative,
 * counted from -(2^size - 1) up. */
static inline int extend(uint64_t word, unsigned size)
{
    uint64_t negative = (uint64_t) - (int64_t)(~word >> 63);
    uint64_t magnitude = ((word ^ negative) >> 1) >> (63 - size);
    return (int)(int64_t)((magnitude ^ negative) - negative);
}

/* Of a look that begins with the code of `symbol`, `length` bits long. */
static uint32_t entry_of(uint32_t look, unsigned length, unsigned symbol, bool ac)
{
    unsigned size = symbol & 15, run = symbol >> 4;
    if (ac && size == 0 && run == 0)
        return STEP_END << 8 | length;
    bool known = !ac ? symbol <= 15 : size > 0 || run == 15;
    if (!known)
        return STEP_LONG << 8;
    if (length + size > LOOK)
        return (uint32_t)symbol << 16 | STEP_OPEN << 8 | length;
    int value = extend((uint64_t)look << (64 - LOOK) << length, size);
    return (uint32_t)value << 16 | (ac ? run + 1 : 0) << 8 | (length + size);
}

static void fill_look(struct baseline_huffman *table, uint32_t code, unsigned length,
                      unsigned symbol)
{
    uint32_t first = code << (LOOK - length), end = (code + 1) << (LOOK - length);
    for (uint32_t look = first; look < end; look++)
        table->look[look] = entry_of(look, length, symbol, table->ac);
}

static bool fill_table(struct baseline_huffman *table)
{
    for (uint32_t look = 0; look < 1u << LOOK; look++)
        table->look[look] = STEP_LONG << 8;
    uint32_t code = 0, place = 0;
    for (unsigned length = 1; length <= 16; length++, code <<= 1) {
        table->shift[length] = (int32_t)place - (int32_t)code;
        uint32_t count = table->count[length];
        if (place + count > 256 || code + count >= 1u << length) /* no code is all ones */
            return false;
        table->last[length] = count ? (int32_t)(code + count) - 1 : -1;
        for (uint32_t i = 0; i < count; i++, code++, place++) {
            if (!table->ac && table->symbol[place] > 15)
                return false;
            if (length <= LOOK)
                fill_look(table, code, length, table->symbol[place]);
        }
    }
    return true;
}

/* Two coefficients of one look, or one twice. */
static uint64_t pair_of(const struct baseline_huffman *table, uint32_t look)
{
    uint32_t first = table->look[look];
    unsigned length = first & 0xff, step = first >> 8 & 0xff;
    uint64_t value = first >> 16;
    uint64_t alone = value << 48 | value << 32 | step << 16 | step << 8 | length;
    if (step >= STEP_END)
        return alone;
    uint32_t second = table->look[look << length & ((1u << LOOK) - 1)];
    unsigned length2 = second & 0xff, step2 = second >> 8 & 0xff;
    if (step2 >= STEP_END || length + length2 > LOOK)
        return alone;
    return (uint64_t)(second >> 16) << 48 | value << 32 | step << 16 | (step + step2) << 8 |
           (length + length2);
}

static void fill_pairs(struct baseline_huffman *table)
{
    for (uint32_t look = 0; look < 1u << LOOK; look++)
        table->pair[look] = pair_of(table, look);
}

bool baseline_huffman_build(struct baseline_huffman *table, struct baseline_code code, bool ac)
{
    if (table->built && table->ac == ac &&
        memcmp(table->count, code.count, sizeof table->count) == 0 &&
        memcmp(table->symbol, code.symbol, sizeof table->symbol) == 0)
        return true;
    memcpy(table->count, code.count, sizeof table->count);
    memcpy(table->symbol, code.symbol, sizeof table->symbol);
    table->ac = ac;
    table->can_skip = false;
    table->built = fill_table(table);
    if (ac)
        fill_pairs(table);
    return table->built;
}

/* As many symbols as a look holds whole, up to the end of a block. */
static uint16_t skip_of(const struct baseline_huffman *table, uint32_t look)
{
    unsigned bits = 0, steps = 0;
    for (;;) {
        uint32_t entry = table->look[look << bits & ((1u << LOOK) - 1)];
        unsigned length = entry & 0xff, step = entry >> 8 & 0xff;
        if (step > STEP_END || bits + length > LOOK || steps + step > 63 + STEP_END)
            break;
        bits += length;
        steps += step;
        if (step == STEP_END)
            break;
        if (steps > 63)
            return 0;
    }
    return (uint16_t)(steps << 8 | bits);
}

void baseline_huffman_build_skip(struct baseline_huffman *table)
{
    for (uint32_t look = 0; look < 1u << LOOK && !table->can_skip; look++)
        table->skip[look] = skip_of(table, look);
    table->can_skip = true;
}

/* The block. */

/* The code at the top of `word`, found length by length: its symbol, or -1. */
static __attribute__((noinline)) int search(const struct baseline_huffman *table, uint64_t word,
                                            unsigned *length)
{
    for (unsigned l = 1; l <= 16; l++) {
        int32_t code = (int32_t)(word >> (64 - l));
        if (code <= table->last[l]) {
            *length = l;
            return table->symbol[code + table->shift[l]];
        }
    }
    return -1;
}

static inline void take(struct baseline_bits *bits, unsigned count)
{
    bits->word <<= count;
    bits->count -= count;
}

/* A symbol whose value is not in the table, whole: the symbol, or -1. Needs 31 bits. */
static inline int take_apart(struct baseline_bits *bits, const struct baseline_huffman *table,
                             uint32_t entry, int *value)
{
    unsigned length = entry & 0xff;
    int symbol = (int)(entry >> 16);
    if ((entry >> 8 & 0xff) == STEP_LONG && (symbol = search(table, bits->word, &length)) < 0)
        return -1;
    take(bits, length);
    unsigned size = (unsigned)symbol & 15;
    *value = extend(bits->word, size);
    take(bits, size);
    return symbol;
}

/* Takes the difference of the DC coefficient. */
static inline bool take_dc(struct baseline_bits *bits, const struct baseline_huffman *table,
                           int *difference)
{
    uint32_t entry = table->look[bits->word >> (64 - LOOK)];
    if (__builtin_expect((entry & 0xff00) == 0, 1)) {
        *difference = (int32_t)entry >> 16;
        take(bits, entry & 0xff);
        return true;
    }
    int symbol = take_apart(bits, table, entry, difference);
    return symbol >= 0 && symbol <= 15;
}

/* One AC symbol, whatever it is: moves *place on, beyond 63 behind the end of the block. False if
 * there is none, or it leads beyond the block. */
static bool take_symbol(struct baseline_bits *bits, const struct baseline_huffman *table,
                        unsigned *place)
{
    int value;
    uint32_t entry = table->look[bits->word >> (64 - LOOK)];
    unsigned step = entry >> 8 & 0xff;
    if (step <= STEP_END) {
        take(bits, entry & 0xff);
        *place += step;
        return step == STEP_END || *place <= 63;
    }
    int symbol = take_apart(bits, table, entry, &value);
    if (symbol < 0 || (symbol > 0 && (symbol & 15) == 0 && symbol != 0xf0))
        return false;
    *place += symbol == 0 ? STEP_END : ((unsigned)symbol >> 4) + 1;
    return symbol == 0 || *place <= 63;
}

/* The first coefficient of a block: the one before and a difference. */
static inline bool take_block_dc(struct baseline_bits *bits, const struct baseline_huffman *table,
                                 int *dc, int16_t block[64])
{
    int value;
    baseline_bits_fill(bits);
    if (!take_dc(bits, table, &value))
        return false;
    *dc += value;
    block[0] = (int16_t)*dc;
    return block[0] == *dc;
}

int baseline_huffman_skip(struct baseline_bits *reader, const struct baseline_huffman *dc_table,
                          const struct baseline_huffman *ac_table, int *dc, int16_t block[64])
{
    struct baseline_bits bits = *reader;
    if (!take_block_dc(&bits, dc_table, dc, block))
        return -1;
    for (unsigned place = 0; place < 63;) {
        baseline_bits_fill(&bits);
        for (int i = 0; i < 56 / LOOK; i++) {
            uint32_t entry = ac_table->skip[bits.word >> (64 - LOOK)];
            unsigned next = place + (entry >> 8);
            if (__builtin_expect(next >= 63 || entry == 0, 0))
                goto near_end;
            place = next;
            take(&bits, entry & 0xff);
        }
        continue;
    near_end:;
        uint32_t entry = ac_table->skip[bits.word >> (64 - LOOK)];
        if (entry >= STEP_END << 8 && place + (entry >> 8) < 63 + STEP_END) {
            take(&bits, entry & 0xff);
            break;
        }
        baseline_bits_fill(&bits);
        if (!take_symbol(&bits, ac_table, &place))
            return -1;
    }
    *reader = bits;
    return 0;
}

int baseline_huffman_block(struct baseline_bits *reader, const struct baseline_huffman *dc_table,
                           const struct baseline_huffman *ac_table, int *dc, int16_t block[64])
{
    struct baseline_bits bits = *reader;
    if (!take_block_dc(&bits, dc_table, dc, block))
        return -1;
    unsigned place = 0;
    for (;;) {
        baseline_bits_fill(&bits);
        for (int i = 0; i < 56 / LOOK; i++) { /* without another fill */
            uint64_t pair = ac_table->pair[bits.word >> (64 - LOOK)];
            unsigned next = place + (pair >> 8 & 0xff);
            if (__builtin_expect(next > 63, 0))
                goto special;
            block[place_of[place + (pair >> 16 & 0xff)]] = (int16_t)(pair >> 32);
            block[place_of[next]] = (int16_t)(pair >> 48);
            place = next;
            take(&bits, pair & 0xff);
        }
        continue;
    special:
        if (place == 63) /* what was looked at belongs to the next block */
            break;
        uint32_t entry = ac_table->look[bits.word >> (64 - LOOK)];
        unsigned step = entry >> 8 & 0xff;
        int value;
        if (step == STEP_END) {
            take(&bits, entry & 0xff);
            break;
        }
        if (step < STEP_END) {
            value = (int32_t)entry >> 16;
            place += step;
            take(&bits, entry & 0xff);
            if (place > 63) /* a run beyond the block */
                return -1;
        } else {
            baseline_bits_fill(&bits);
            int symbol = take_apart(&bits, ac_table, entry, &value);
            if (symbol == 0)
                break;
            place += ((unsigned)symbol >> 4) + 1;
            if (symbol < 0 || place > 63 || ((symbol & 15) == 0 && symbol != 0xf0))
                return -1;
        }
        block[place_of[place]] = (int16_t)value;
    }
    *reader = bits;
    return (int)place;
}
