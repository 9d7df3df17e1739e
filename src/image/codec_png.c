#include "image/codec_png.h"

#include <stdlib.h>
#include <string.h>
#include <libdeflate.h>
#include <spng.h>

#include "base/buffer.h"
#include "image/png_arena.h"
#include "image/png_chunks.h"
#include "image/png_unfilter.h"

/* How the rows of the picture in hand come about. */
enum way {
    WAY_INFLATED, /* `held`: the row before, then all filtered rows, each behind its filter */
    WAY_STREAMED, /* libspng hands them out one by one */
    WAY_WHOLE,    /* `held`: all rows, finished */
};

struct png {
    bool streamed_only;
    struct libdeflate_decompressor *inflater;
    struct png_arena arena;
    struct buffer held;

    /* The picture in hand. */
    const uint8_t *data;
    struct png_chunks chunks;
    enum pixel_format format;
    size_t row_bytes;
    uint32_t next; /* row to hand out */
    enum way way;
    bool accept_truncated;
    size_t at_once;                  /* the most that is inflated at once, bytes */
    size_t filtered;                 /* WAY_INFLATED: where in `held` the filtered rows start */
    const png_unfilter_fn *unfilter; /* by filter */
    spng_ctx *spng;                  /* NULL when there is none */
    enum status end;                 /* what finish has to say of an interlaced picture */
    struct reason end_why;
};

static bool sniff(const uint8_t *head, size_t size)
{
    return png_chunks_signature(head, size);
}

static void destroy(void *state)
{
    struct png *png = state;
    if (!png)
        return;
    libdeflate_free_decompressor(png->inflater);
    png_arena_free(&png->arena);
    buffer_free(&png->held);
    free(png);
}

static void *create(void)
{
    struct png *png = calloc(1, sizeof *png);
    if (!png)
        return NULL;
    png->inflater = libdeflate_alloc_decompressor();
    if (!png->inflater) {
        destroy(png);
        return NULL;
    }
    return png;
}

static void *create_streamed(void)
{
    struct png *png = create();
    if (png)
        png->streamed_only = true;
    return png;
}

static enum pixel_format format_of(uint8_t color, uint8_t depth)
{
    static const enum pixel_format gray[17] = {[1] = PIXEL_GRAY1,
                                               [2] = PIXEL_GRAY2,
                                               [4] = PIXEL_GRAY4,
                                               [8] = PIXEL_GRAY8,
                                               [16] = PIXEL_GRAY16};
    static const enum pixel_format palette[9] = {
        [1] = PIXEL_PALETTE1, [2] = PIXEL_PALETTE2, [4] = PIXEL_PALETTE4, [8] = PIXEL_PALETTE8};
    switch (color) {
    case 0:
        return gray[depth];
    case 2:
        return depth == 8 ? PIXEL_RGB8 : PIXEL_RGB16;
    case 3:
        return palette[depth];
    case 4:
        return depth == 8 ? PIXEL_GRAYA8 : PIXEL_GRAYA16;
    default:
        return depth == 8 ? PIXEL_RGBA8 : PIXEL_RGBA16;
    }
}

/* Bytes of `held` for inflating the picture at once; 0 when that is not to be done. */
static size_t inflated_bytes(const struct png *png)
{
    if (png->streamed_only || png->chunks.interlaced || png->row_bytes >= png->at_once)
        return 0;
    uint64_t carry = buffer_align(png->row_bytes + CODEC_ROW_SLACK);
    uint64_t rows = ((uint64_t)png->row_bytes + 1) * png->chunks.height; /* < 2^57 */
    uint64_t bytes = carry + rows + CODEC_ROW_SLACK;
    return bytes <= png->at_once ? (size_t)bytes : 0;
}

/* Bytes of `held` for an interlaced picture; one that no memory has if they cannot be counted. */
static size_t interlaced_bytes(const struct png *png)
{
    return png->row_bytes <= SIZE_MAX / png->chunks.height ? png->row_bytes * png->chunks.height
                                                           : SIZE_MAX;
}

/* What IHDR says; also of a picture that is refused, for the index. */
static void describe(const struct png_chunks *chunks, struct picture *picture)
{
    *picture = (struct picture){
        .container = PICTURE_PNG,
        .format = format_of(chunks->color, chunks->depth),
        .width = chunks->width,
        .height = chunks->height,
        .orientation = 1,
        .multi_scan = chunks->interlaced,
    };
}

static enum status open_picture(void *state, uint8_t *data, size_t size,
                                const struct codec_limits *limits, struct picture *picture,
                                struct reason *why)
{
    struct png *png = state;
    struct png_chunks *chunks = &png->chunks;
    *why = (struct reason){.kind = REASON_NONE};
    enum status status = png_chunks_header(data, size, chunks, why);
    if (status != STATUS_OK)
        return status;
    describe(chunks, picture);
    if ((uint64_t)chunks->width * chunks->height > limits->max_pixels) {
        *why = reason_own(REASON_TOO_MANY_PIXELS, chunks->width, chunks->height);
        return STATUS_TOO_LARGE;
    }
    status = png_chunks_walk(data, size, chunks, why);
    if (status != STATUS_OK)
        return status;
    png->data = data;
    png->format = picture->format;
    png->row_bytes = pixel_row_bytes(png->format, chunks->width);
    png->next = 0;
    png->accept_truncated = limits->accept_truncated;
    bool narrower = limits->at_once_bytes && limits->at_once_bytes < CODEC_PNG_WHOLE_BYTES;
    png->at_once = narrower ? limits->at_once_bytes : CODEC_PNG_WHOLE_BYTES;
    png->end = STATUS_OK;
    png->end_why = (struct reason){.kind = REASON_NONE};
    picture->orientation = chunks->orientation;
    picture->memory = chunks->interlaced ? interlaced_bytes(png) : inflated_bytes(png);
    picture->palette = chunks->color == 3 ? (const uint8_t(*)[4])chunks->palette : NULL;
    picture->has_key = chunks->has_key;
    memcpy(picture->key, chunks->key, sizeof picture->key);
    return STATUS_OK;
}

/* What an error of libspng means for the picture; `row` is the first that is missing. */
static enum status spng_status(const struct png *png, int error, uint32_t row, struct reason *why)
{
    switch (error) {
    case SPNG_IO_EOF:          /* the file has no more */
    case SPNG_EIDAT_TOO_SHORT: /* the zlib stream has no more */
        *why = reason_own(REASON_DATA_ENDS, row, png->chunks.height);
        return STATUS_TRUNCATED;
    case SPNG_EMEM:
    case SPNG_EZLIB_INIT:
        *why = reason_own(REASON_NO_MEMORY, 0, 0);
        return STATUS_MEMORY;
    default:
        *why = (struct reason){.kind = REASON_PNG, .code = (uint16_t)error};
        return error == SPNG_EOVERFLOW ? STATUS_TOO_LARGE : STATUS_CORRUPT;
    }
}

/* Its defaults are no limits at all. The walk has left no chunk that libspng would store, so none
 * is allowed (0.7.3 takes no other number: its check of the option is the wrong way round). */
static int set_limits(struct png *png)
{
    int error = spng_set_image_limits(png->spng, png->chunks.width, png->chunks.height);
    if (!error)
        error = spng_set_chunk_limits(png->spng, 4096, 4096);
    if (!error)
        error = spng_set_option(png->spng, SPNG_CHUNK_COUNT_LIMIT, 0);
    return error;
}

static enum status start_spng(struct png *png, struct reason *why)
{
    struct spng_alloc alloc = png_arena_alloc();
    /* This row, the one before, and one more when interlaced. */
    bool room = png->row_bytes < SIZE_MAX / 4 &&
                png_arena_reset(&png->arena, 3 * (png->row_bytes + 2 * BUFFER_ALIGN));
    png_arena_use(&png->arena);
    png->spng = room ? spng_ctx_new2(&alloc, 0) : NULL;
    if (!png->spng)
        return spng_status(png, SPNG_EMEM, 0, why);
    int error = set_limits(png);
    if (!error)
        error = spng_set_png_buffer(png->spng, png->data + png->chunks.start, png->chunks.size);
    if (!error)
        error = spng_decode_image(png->spng, NULL, 0, SPNG_FMT_RAW, SPNG_DECODE_PROGRESSIVE);
    return error ? spng_status(png, error, 0, why) : STATUS_OK;
}

/* How many rows from the top have all their pixels when decoding stopped at a row of a pass: the
 * sixth fills up the even rows, the seventh the odd ones. */
static uint32_t whole_rows(const struct spng_row_info *at)
{
    return at->pass == 6 ? at->row_num : at->pass == 5 && at->row_num > 0;
}

/* All passes of an interlaced picture. If the data ends early and that is accepted, what came is
 * handed out, the rest black, and finish tells. */
static enum status decode_whole(struct png *png, struct reason *why)
{
    if (!buffer_reserve(&png->held, interlaced_bytes(png)))
        return spng_status(png, SPNG_EMEM, 0, why);
    /* libspng ors pixels below a byte into what is there. */
    memset(png->held.data, 0, interlaced_bytes(png));
    struct spng_row_info at;
    int error = 0;
    while (error == 0 && (error = spng_get_row_info(png->spng, &at)) == 0)
        error = spng_decode_row(png->spng, png->held.data + at.row_num * png->row_bytes,
                                png->row_bytes);
    if (error == SPNG_EOI)
        return STATUS_OK;
    png->end = spng_status(png, error, whole_rows(&at), &png->end_why);
    if (png->end == STATUS_TRUNCATED && png->accept_truncated)
        return STATUS_OK;
    *why = png->end_why;
    return png->end;
}

/* The fast way. False when the stream is anything but perfect: libspng then finds out what is wrong
 * with it and which rows are good. */
static bool inflate_whole(struct png *png)
{
    const struct png_chunks *chunks = &png->chunks;
    size_t bytes = inflated_bytes(png);
    if (bytes == 0 || !buffer_reserve(&png->held, bytes))
        return false;
    png->filtered = buffer_align(png->row_bytes + CODEC_ROW_SLACK);
    uint8_t *rows = png->held.data + png->filtered;
    if (libdeflate_zlib_decompress(png->inflater, png->data + chunks->idat, chunks->idat_bytes,
                                   rows, (png->row_bytes + 1) * chunks->height, NULL) != 0)
        return false;
    for (uint32_t y = 0; y < chunks->height; y++)
        if (rows[y * (png->row_bytes + 1)] >= PNG_UNFILTER_COUNT)
            return false;
    memset(png->held.data, 0, png->row_bytes); /* above the first row all is zero */
    const struct pixel_layout *layout = pixel_layout(png->format);
    png->unfilter = png_unfilter_for(layout->channels * layout->depth);
    return true;
}

static enum status start(void *state, struct reason *why)
{
    struct png *png = state;
    if (inflate_whole(png)) {
        png->way = WAY_INFLATED;
        return STATUS_OK;
    }
    png->way = png->chunks.interlaced ? WAY_WHOLE : WAY_STREAMED;
    enum status status = start_spng(png, why);
    return status == STATUS_OK && png->chunks.interlaced ? decode_whole(png, why) : status;
}

/* The caller may change its rows between two calls, so the last one is kept for the next. */
static void rows_inflated(struct png *png, uint8_t *const row[], unsigned count)
{
    const uint8_t *prior = png->held.data;
    const uint8_t *source = png->held.data + png->filtered + png->next * (png->row_bytes + 1);
    for (unsigned i = 0; i < count; i++, source += png->row_bytes + 1) {
        png->unfilter[source[0]](row[i], source + 1, prior, png->row_bytes);
        prior = row[i];
    }
    memcpy(png->held.data, prior, png->row_bytes);
}

static enum status rows_streamed(struct png *png, uint8_t *const row[], unsigned count,
                                 unsigned *got, struct reason *why)
{
    png_arena_use(&png->arena);
    for (; *got < count; ++*got) {
        int error = spng_decode_row(png->spng, row[*got], png->row_bytes);
        if (error && error != SPNG_EOI)
            return spng_status(png, error, png->next + *got, why);
    }
    return STATUS_OK;
}

static enum status rows(void *state, uint8_t *const row[], unsigned count, unsigned *got,
                        struct reason *why)
{
    struct png *png = state;
    enum status status = STATUS_OK;
    *got = 0;
    switch (png->way) {
    case WAY_INFLATED:
        rows_inflated(png, row, count);
        *got = count;
        break;
    case WAY_STREAMED:
        status = rows_streamed(png, row, count, got, why);
        break;
    case WAY_WHOLE:
        for (; *got < count; ++*got)
            memcpy(row[*got], png->held.data + (png->next + *got) * png->row_bytes, png->row_bytes);
        break;
    }
    png->next += *got;
    return status;
}

/* libspng leaves the stream where its last row ends. If that is not its end, as when a changed bit
 * made it longer, nobody has compared the Adler-32: about every twentieth bit is of that kind. The
 * bound is a constant, for the outcome must not hang on what this thread may inflate at once. */
static bool stream_is_bad(struct png *png)
{
    if (png->way == WAY_INFLATED || png->row_bytes >= CODEC_PNG_CHECKED_BYTES ||
        ((uint64_t)png->row_bytes + 1) * png->chunks.height > CODEC_PNG_CHECKED_BYTES ||
        !buffer_reserve(&png->held, CODEC_PNG_CHECKED_BYTES))
        return false;
    size_t bytes;
    return libdeflate_zlib_decompress(png->inflater, png->data + png->chunks.idat,
                                      png->chunks.idat_bytes, png->held.data,
                                      CODEC_PNG_CHECKED_BYTES, &bytes) == LIBDEFLATE_BAD_DATA;
}

static enum status finish(void *state, struct reason *why)
{
    struct png *png = state;
    *why = png->end_why;
    if (png->end != STATUS_OK)
        return png->end;
    bool bad = stream_is_bad(png);
    if (png->chunks.cut || (bad && !png->chunks.has_end)) {
        *why = reason_own(REASON_DATA_ENDS, png->chunks.height, png->chunks.height);
        return STATUS_TRUNCATED;
    }
    if (bad)
        return spng_status(png, SPNG_EIDAT_STREAM, png->chunks.height, why);
    if (!png->chunks.has_end)
        *why = reason_own(REASON_PNG_NO_END, 0, 0);
    return STATUS_OK;
}

static void close_picture(void *state)
{
    struct png *png = state;
    if (png->spng) {
        png_arena_use(&png->arena);
        spng_ctx_free(png->spng);
        png->spng = NULL;
    }
    if (png->held.capacity + png->arena.memory.capacity > png->at_once + CODEC_PNG_KEEP_MORE) {
        buffer_free(&png->held);
        png_arena_free(&png->arena);
    }
}

const struct codec codec_png = {
    .name = "png",
    .container = PICTURE_PNG,
    .sniff = sniff,
    .create = create,
    .destroy = destroy,
    .open = open_picture,
    .start = start,
    .rows = rows,
    .finish = finish,
    .close = close_picture,
};

const struct codec codec_png_streamed = {
    .name = "png",
    .container = PICTURE_PNG,
    .sniff = sniff,
    .create = create_streamed,
    .destroy = destroy,
    .open = open_picture,
    .start = start,
    .rows = rows,
    .finish = finish,
    .close = close_picture,
};
