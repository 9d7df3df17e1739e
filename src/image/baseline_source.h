/*
 * baseline_source: the bits of an entropy-coded segment of a JPEG file.
 *
 * In the file each byte 0xff of such a segment is followed by a 0, so that markers can be told from
 * it. The source takes these zeros out ahead of the decoder, eight bytes at a time, into a window
 * that fits the first-level cache; the decoder then loads words from there without looking at
 * bytes. Behind the segment's end the window holds zeros enough for any one MCU: that these were
 * taken for data is found out afterwards, by counting.
 *
 * All that a decoder may do between two questions is bounded: at most BASELINE_SOURCE_SPAN bytes.
 * Source: ITU-T T.81, F.1.2.3 and E.1.2. Knows: nothing.
 */
#ifndef PIXSCALE_IMAGE_BASELINE_SOURCE_H
#define PIXSCALE_IMAGE_BASELINE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The most blocks in an MCU of what is decoded here; and bytes it may take: in each block 64
 * symbols of 16 bits of code and 15 of value. */
#define BASELINE_SOURCE_BLOCKS 6
#define BASELINE_SOURCE_SPAN   (BASELINE_SOURCE_BLOCKS * 64 * 31 / 8)
#define BASELINE_SOURCE_WINDOW 16384

/* The decoder's place. The upper `count` bits of `word` come next; below them may stand some of the
 * bits that follow, which loading again does not change. */
struct baseline_bits {
    uint64_t word;
    uint64_t count;
    const uint8_t *next; /* in the window: the byte behind those `count` bits */
};

struct baseline_source {
    const uint8_t *data, *end; /* of the file: what is not in the window yet */
    const uint8_t *low;        /* a place beyond this asks baseline_source_more */
    const uint8_t *stop;       /* behind the window's last byte of data */
    bool whole;                /* which is the segment's last, and `data` is at a marker */
    uint8_t window[BASELINE_SOURCE_WINDOW + BASELINE_SOURCE_SPAN + 32];
};

/* Makes `count` 56 or more. */
static inline void baseline_bits_fill(struct baseline_bits *bits)
{
    uint64_t word;
    memcpy(&word, bits->next, sizeof word);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    bits->word |= word >> bits->count;
    bits->next += (63 - bits->count) >> 3;
    bits->count |= 56;
}

/* Starts at the first byte behind a scan's header. The file must stay. */
void baseline_source_begin(struct baseline_source *source, struct baseline_bits *bits,
                           const uint8_t *data, size_t size);

/* What to ask before each MCU, and before samples are handed out: true while all bits that were
 * taken were there. Takes in more of the segment when `bits` comes near the window's end. Where no
 * marker ends the segment, false as soon as that is known: libjpeg looks some bytes ahead, so that
 * how far it comes with a file that is cut is not to be told from here. */
bool baseline_source_more(struct baseline_source *source, struct baseline_bits *bits);

static inline bool baseline_source_ready(struct baseline_source *source, struct baseline_bits *bits)
{
    return bits->next <= source->low || baseline_source_more(source, bits);
}

/* Goes on behind restart marker `number` (0 to 7). False unless the segment was used up but for the
 * bits that fill its last byte, and exactly this marker follows. */
bool baseline_source_restart(struct baseline_source *source, struct baseline_bits *bits,
                             unsigned number);

/* Whether a scan that took no more than this ends as it should: all was there, and then comes a
 * marker, or more data than any decoder looks ahead. */
bool baseline_source_finish(struct baseline_source *source, struct baseline_bits *bits);

#endif
