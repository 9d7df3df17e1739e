#include "image/png_chunks.h"

#include <string.h>
#include <libdeflate.h>

#include "image/exif.h"

#define TYPE(a, b, c, d) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))
enum {
    IHDR = TYPE('I', 'H', 'D', 'R'),
    PLTE = TYPE('P', 'L', 'T', 'E'),
    IDAT = TYPE('I', 'D', 'A', 'T'),
    IEND = TYPE('I', 'E', 'N', 'D'),
    TRNS = TYPE('t', 'R', 'N', 'S'),
    EXIF = TYPE('e', 'X', 'I', 'f'),
};

#define HEAD       8 /* length and type */
#define CRC        4
#define IHDR_BYTES 13 /* of data */
#define IHDR_END   (PNG_CHUNKS_SIGNATURE + HEAD + IHDR_BYTES + CRC)
#define LONGEST    0x7fffffff /* bytes of a chunk, by the specification */

static const uint8_t signature[PNG_CHUNKS_SIGNATURE] = {137, 'P', 'N', 'G', 13, 10, 26, 10};

struct chunk {
    uint32_t type;
    uint32_t length; /* of the data, as the file says */
    size_t data;     /* offset of the data */
};

static uint32_t get32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint16_t get16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static void put32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static enum status fail(struct reason *why, enum status status, enum reason_code code, int64_t arg)
{
    *why = reason_own(code, arg, 0);
    return status;
}

static bool is_letter(uint32_t byte)
{
    return (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
}

static bool is_name(uint32_t type)
{
    return is_letter(type >> 24) && is_letter(type >> 16 & 0xff) && is_letter(type >> 8 & 0xff) &&
           is_letter(type & 0xff);
}

/* Reads the head of the chunk at `at`. False when the file ends in it. */
static bool read_head(const uint8_t *data, size_t size, size_t at, struct chunk *chunk)
{
    if (size - at < HEAD)
        return false;
    *chunk =
        (struct chunk){.type = get32(data + at + 4), .length = get32(data + at), .data = at + HEAD};
    return true;
}

/* Of a chunk whose data and CRC are all there. */
static bool crc_right(const uint8_t *data, const struct chunk *chunk)
{
    const uint8_t *type = data + chunk->data - 4;
    return libdeflate_crc32(0, type, (size_t)chunk->length + 4) ==
           get32(data + chunk->data + chunk->length);
}

bool png_chunks_signature(const uint8_t *head, size_t size)
{
    return size >= 4 && memcmp(head, signature, size < sizeof signature ? size : 8) == 0;
}

/* The depths that a colour type has, as a set of bits. */
static uint32_t depths_of(uint8_t color)
{
    static const uint32_t depths[7] = {
        [0] = 1u << 1 | 1u << 2 | 1u << 4 | 1u << 8 | 1u << 16,
        [2] = 1u << 8 | 1u << 16,
        [3] = 1u << 1 | 1u << 2 | 1u << 4 | 1u << 8,
        [4] = 1u << 8 | 1u << 16,
        [6] = 1u << 8 | 1u << 16,
    };
    return color < 7 ? depths[color] : 0;
}

enum status png_chunks_header(const uint8_t *data, size_t size, struct png_chunks *chunks,
                              struct reason *why)
{
    *chunks = (struct png_chunks){.orientation = 1};
    if (!png_chunks_signature(data, size))
        return fail(why, STATUS_CORRUPT, REASON_PNG_SIGNATURE, 0);
    struct chunk ihdr;
    if (size < PNG_CHUNKS_SIGNATURE || !read_head(data, size, PNG_CHUNKS_SIGNATURE, &ihdr))
        return fail(why, STATUS_TRUNCATED, REASON_HEADER_ENDS, 0);
    if (ihdr.type != IHDR)
        return fail(why, STATUS_CORRUPT, REASON_PNG_CHUNK, ihdr.type);
    if (ihdr.length != IHDR_BYTES)
        return fail(why, STATUS_CORRUPT, REASON_PNG_HEADER, 0);
    if (size < IHDR_END)
        return fail(why, STATUS_TRUNCATED, REASON_HEADER_ENDS, 0);
    if (!crc_right(data, &ihdr))
        return fail(why, STATUS_CORRUPT, REASON_PNG_CRC, IHDR);

    const uint8_t *field = data + ihdr.data;
    chunks->width = get32(field);
    chunks->height = get32(field + 4);
    chunks->depth = field[8];
    chunks->color = field[9];
    chunks->interlaced = field[12] == 1;
    bool senseless = chunks->width - 1 >= LONGEST || chunks->height - 1 >= LONGEST ||
                     chunks->depth > 16 || !(depths_of(chunks->color) >> chunks->depth & 1) ||
                     field[10] != 0 || field[11] != 0 || field[12] > 1;
    return senseless ? fail(why, STATUS_CORRUPT, REASON_PNG_HEADER, 0) : STATUS_OK;
}

/* What is gathered on the way to the pixels. */
struct walk {
    uint8_t *data;
    size_t size;
    struct png_chunks *chunks;
    struct reason *why;
    unsigned entries; /* of PLTE */
};

static enum status take_palette(struct walk *walk, const struct chunk *chunk)
{
    struct png_chunks *chunks = walk->chunks;
    if (chunks->color != 3)
        return STATUS_OK; /* a suggestion for displays of few colours */
    if (walk->entries > 0 || chunk->length == 0 || chunk->length % 3 || chunk->length > 768)
        return fail(walk->why, STATUS_CORRUPT, REASON_PNG_CHUNK, chunk->type);
    walk->entries = chunk->length / 3;
    for (unsigned i = 0; i < walk->entries; i++)
        memcpy(chunks->palette[i], walk->data + chunk->data + 3 * i, 3);
    return STATUS_OK;
}

/* A tRNS that makes no sense is passed by: it says nothing about the colours. */
static void take_transparency(struct walk *walk, const struct chunk *chunk)
{
    struct png_chunks *chunks = walk->chunks;
    const uint8_t *data = walk->data + chunk->data;
    if (chunks->color == 3) {
        for (unsigned i = 0; i < chunk->length && i < 256; i++)
            chunks->palette[i][3] = data[i];
        return;
    }
    unsigned samples = chunks->color == 0 ? 1 : chunks->color == 2 ? 3 : 0;
    if (samples == 0 || chunk->length < 2 * samples)
        return;
    chunks->has_key = true;
    for (unsigned i = 0; i < samples; i++)
        chunks->key[i] = (uint16_t)(get16(data + 2 * i) & ((1u << chunks->depth) - 1));
}

/* One chunk before the pixels, its CRC known to be right. */
static enum status take(struct walk *walk, const struct chunk *chunk)
{
    switch (chunk->type) {
    case PLTE:
        return take_palette(walk, chunk);
    case TRNS:
        take_transparency(walk, chunk);
        return STATUS_OK;
    case EXIF:
        walk->chunks->orientation = exif_orientation(walk->data + chunk->data, chunk->length);
        return STATUS_OK;
    case IEND:
        return fail(walk->why, STATUS_CORRUPT, REASON_PNG_NO_DATA, 0);
    case IHDR:
        return fail(walk->why, STATUS_CORRUPT, REASON_PNG_CHUNK, chunk->type);
    default:
        if (chunk->type >> 24 & 0x20)
            return STATUS_OK; /* ancillary: by its own word not needed */
        return fail(walk->why, STATUS_UNSUPPORTED, REASON_PNG_CHUNK, chunk->type);
    }
}

/* From behind IHDR to the head of the first IDAT, left in *at. */
static enum status walk_to_pixels(struct walk *walk, size_t *at)
{
    struct chunk chunk;
    while (read_head(walk->data, walk->size, *at, &chunk)) {
        if (!is_name(chunk.type) || chunk.length > LONGEST)
            return fail(walk->why, STATUS_CORRUPT, REASON_PNG_CHUNK, chunk.type);
        if (chunk.type == IDAT)
            return walk->chunks->color == 3 && walk->entries == 0
                       ? fail(walk->why, STATUS_CORRUPT, REASON_PNG_NO_PALETTE, 0)
                       : STATUS_OK;
        if (walk->size - chunk.data < (size_t)chunk.length + CRC)
            break;
        if (!crc_right(walk->data, &chunk))
            return fail(walk->why, STATUS_CORRUPT, REASON_PNG_CRC, chunk.type);
        enum status status = take(walk, &chunk);
        if (status != STATUS_OK)
            return status;
        *at = chunk.data + chunk.length + CRC;
    }
    return fail(walk->why, STATUS_TRUNCATED, REASON_HEADER_ENDS, 0);
}

/* A file that has its end was not cut: a length in it is wrong. */
static bool ends_in_iend(const struct walk *walk)
{
    static const uint8_t iend[12] = {0, 0, 0, 0, 'I', 'E', 'N', 'D', 0xae, 0x42, 0x60, 0x82};
    return memcmp(walk->data + walk->size - sizeof iend, iend, sizeof iend) == 0;
}

/* Moves the data of the IDATs from *at on together behind the first one's head. *at is left behind
 * the last of them. */
static enum status join_pixels(struct walk *walk, size_t *at)
{
    struct png_chunks *chunks = walk->chunks;
    struct chunk chunk;
    chunks->idat = *at + HEAD;
    while (read_head(walk->data, walk->size, *at, &chunk) && chunk.type == IDAT) {
        size_t there = walk->size - chunk.data;
        size_t length = chunk.length;
        if (length > LONGEST)
            return fail(walk->why, STATUS_CORRUPT, REASON_PNG_CHUNK, IDAT);
        chunks->cut = there < length + CRC;
        if (chunks->cut && ends_in_iend(walk))
            return fail(walk->why, STATUS_CORRUPT, REASON_PNG_CHUNK, IDAT);
        if (chunks->cut)
            length = length < there ? length : there;
        else if (!crc_right(walk->data, &chunk))
            return fail(walk->why, STATUS_CORRUPT, REASON_PNG_CRC, IDAT);
        if (chunks->idat + chunks->idat_bytes != chunk.data)
            memmove(walk->data + chunks->idat + chunks->idat_bytes, walk->data + chunk.data,
                    length);
        chunks->idat_bytes += length;
        *at = chunks->cut ? walk->size : chunk.data + length + CRC;
    }
    if (chunks->idat_bytes > LONGEST)
        return fail(walk->why, STATUS_TOO_LARGE, REASON_TOO_MANY_BYTES,
                    (int64_t)chunks->idat_bytes);
    put32(walk->data + chunks->idat - HEAD, (uint32_t)chunks->idat_bytes);
    return STATUS_OK;
}

/* Behind the pixels nothing is demanded any more, only looked for. */
static void search_rest(struct walk *walk, size_t at, bool want_orientation)
{
    struct png_chunks *chunks = walk->chunks;
    struct chunk chunk;
    while (read_head(walk->data, walk->size, at, &chunk) && is_name(chunk.type)) {
        if (chunk.type == IEND) {
            chunks->has_end = true;
            return;
        }
        if (walk->size - chunk.data < (size_t)chunk.length + CRC)
            return;
        if (chunk.type == EXIF && want_orientation && crc_right(walk->data, &chunk))
            chunks->orientation = exif_orientation(walk->data + chunk.data, chunk.length);
        at = chunk.data + chunk.length + CRC;
    }
}

/* Writes signature, IHDR and PLTE so that they end where the IDAT begins: there is room, because
 * they come from there, and the pixels need not move. */
static void write_front(struct walk *walk)
{
    struct png_chunks *chunks = walk->chunks;
    unsigned entries = walk->entries;
    if (entries > 1u << chunks->depth)
        entries = 1u << chunks->depth; /* libspng takes no more than can be used */
    uint8_t front[IHDR_END + HEAD + 768 + CRC];
    size_t bytes = IHDR_END;
    memcpy(front, walk->data, IHDR_END);
    if (entries > 0) {
        uint8_t *plte = front + IHDR_END;
        put32(plte, 3 * entries);
        put32(plte + 4, PLTE);
        for (unsigned i = 0; i < entries; i++)
            memcpy(plte + HEAD + 3 * i, chunks->palette[i], 3);
        put32(plte + HEAD + 3 * entries, libdeflate_crc32(0, plte + 4, 4 + 3 * entries));
        bytes += HEAD + 3 * entries + CRC;
    }
    chunks->start = chunks->idat - HEAD - bytes;
    memcpy(walk->data + chunks->start, front, bytes);
    chunks->size = bytes + HEAD + chunks->idat_bytes;
}

enum status png_chunks_walk(uint8_t *data, size_t size, struct png_chunks *chunks,
                            struct reason *why)
{
    struct walk walk = {.data = data, .size = size, .chunks = chunks, .why = why};
    for (unsigned i = 0; i < 256; i++)
        chunks->palette[i][3] = 255;
    chunks->orientation = 0; /* none seen */
    size_t at = IHDR_END;
    enum status status = walk_to_pixels(&walk, &at);
    if (status == STATUS_OK)
        status = join_pixels(&walk, &at);
    if (status != STATUS_OK)
        return status;
    search_rest(&walk, at, chunks->orientation == 0);
    if (chunks->orientation == 0)
        chunks->orientation = 1;
    write_front(&walk);
    return STATUS_OK;
}
