#include "image/baseline_source.h"

/* Whether any of eight bytes is 0xff, and the first of them at the lowest set bit: exact where the
 * first byte in memory is the lowest. */
static uint64_t find_ff(uint64_t word)
{
    return (~word - 0x0101010101010101) & word & 0x8080808080808080;
}

/* Copies from `source->data` to `out` until 0xff, the limit, or the last few bytes of either. */
static uint8_t *copy_plain(struct baseline_source *source, uint8_t *out, const uint8_t *limit)
{
    const uint8_t *data = source->data;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    while (source->end - data >= 8 && limit - out >= 8) {
        uint64_t word;
        memcpy(&word, data, sizeof word);
        memcpy(out, &word, sizeof word);
        uint64_t found = find_ff(word);
        unsigned step = found ? (unsigned)__builtin_ctzll(found) / 8 : 8;
        data += step;
        out += step;
        if (found)
            break;
    }
#endif
    source->data = data;
    return out;
}

static bool at_marker(const struct baseline_source *source)
{
    return source->end - source->data >= 2 && source->data[0] == 0xff && source->data[1] != 0xff;
}

/* Fills the window behind what is kept. A marker, the data's end, or a 0xff that nothing follows
 * ends the segment. */
static void fill(struct baseline_source *source, uint8_t *out)
{
    const uint8_t *limit = source->window + BASELINE_SOURCE_WINDOW;
    while (out < limit) {
        out = copy_plain(source, out, limit);
        ptrdiff_t left = source->end - source->data;
        if (out == limit)
            break;
        bool stuffed = left >= 2 && source->data[0] == 0xff && source->data[1] == 0;
        if (left == 0 || (source->data[0] == 0xff && !stuffed)) {
            source->whole = true;
            break;
        }
        *out++ = *source->data++;
        source->data += stuffed;
    }
    source->stop = out;
    if (!source->whole)
        source->low = out - BASELINE_SOURCE_SPAN - 16;
    else
        source->low = at_marker(source) ? out : source->window;
    memset(out, 0, BASELINE_SOURCE_SPAN + 32);
}

static void start_segment(struct baseline_source *source, struct baseline_bits *bits)
{
    source->whole = false;
    fill(source, source->window);
    *bits = (struct baseline_bits){.next = source->window};
}

void baseline_source_begin(struct baseline_source *source, struct baseline_bits *bits,
                           const uint8_t *data, size_t size)
{
    source->data = data;
    source->end = data + size;
    start_segment(source, bits);
}

/* Bits of the window's data that were not taken; below 0 when zeros behind it were. */
static ptrdiff_t bits_left(const struct baseline_source *source, const struct baseline_bits *bits)
{
    return (source->stop - bits->next) * 8 + (ptrdiff_t)bits->count;
}

bool baseline_source_more(struct baseline_source *source, struct baseline_bits *bits)
{
    if (source->whole)
        return bits_left(source, bits) >= 0 && at_marker(source);
    size_t keep = (size_t)(source->stop - bits->next);
    memmove(source->window, bits->next, keep);
    bits->next = source->window;
    fill(source, source->window + keep);
    return true;
}

bool baseline_source_restart(struct baseline_source *source, struct baseline_bits *bits,
                             unsigned number)
{
    if (!source->whole)
        baseline_source_more(source, bits);
    ptrdiff_t left = bits_left(source, bits);
    if (!source->whole || left < 0 || left >= 8 || !at_marker(source) ||
        source->data[1] != 0xd0 + number)
        return false;
    source->data += 2;
    start_segment(source, bits);
    return true;
}

bool baseline_source_finish(struct baseline_source *source, struct baseline_bits *bits)
{
    if (!source->whole)
        baseline_source_more(source, bits);
    return !source->whole || (bits_left(source, bits) >= 0 && at_marker(source));
}
