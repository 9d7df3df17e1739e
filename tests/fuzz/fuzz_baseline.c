/*
 * Any bytes as a JPEG, through both decoders: the one for ordinary pictures, which gives up where
 * something surprises, and libjpeg alone. Whatever the bytes are, both must say the same of them,
 * and hand out the same rows.
 *
 * The last byte chooses how large the picture comes, in how many rows at a time, and whether one
 * that is cut is wanted. What stands behind the end of a picture means nothing to a decoder.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz_main.h"
#include "image/codec_jpeg.h"

#define MAX_PIXELS (1u << 18)
#define MAX_STRIP  9

struct choice {
    struct codec_limits limits;
    unsigned eighths, strip;
};

struct outcome {
    enum status status, finished;
    struct reason why, end;
    struct picture picture;
    uint32_t rows;
    size_t row_bytes;
    uint8_t *pixels;
};

static void *state[2]; /* take picture after picture, as a worker's do */

static void require(bool condition)
{
    if (!condition)
        __builtin_trap();
}

/* Pulls all rows, each into a block of its own size, so that one byte too many is found. */
static void pull(void *decoder, const struct choice *choice, struct outcome *outcome)
{
    const struct picture *picture = &outcome->picture;
    outcome->row_bytes = pixel_row_bytes(picture->format, picture->width);
    outcome->pixels = malloc(outcome->row_bytes * picture->height);
    uint8_t *row[MAX_STRIP];
    for (unsigned i = 0; i < choice->strip; i++)
        require((row[i] = malloc(outcome->row_bytes + CODEC_ROW_SLACK)) != NULL);
    require(outcome->pixels != NULL);
    while (outcome->status == STATUS_OK && outcome->rows < picture->height) {
        uint32_t left = picture->height - outcome->rows;
        unsigned got = 0, count = left < choice->strip ? left : choice->strip;
        outcome->status = codec_jpeg.rows(decoder, row, count, &got, &outcome->why);
        require(got <= count && (got > 0 || outcome->status != STATUS_OK));
        for (unsigned i = 0; i < got; i++, outcome->rows++)
            memcpy(outcome->pixels + outcome->rows * outcome->row_bytes, row[i],
                   outcome->row_bytes);
    }
    if (outcome->status == STATUS_OK)
        outcome->finished = codec_jpeg.finish(decoder, &outcome->end);
    for (unsigned i = 0; i < choice->strip; i++)
        free(row[i]);
}

static void decode(void *decoder, const uint8_t *data, size_t size, const struct choice *choice,
                   struct outcome *outcome)
{
    uint8_t *copy = malloc(size); /* ends where its memory does */
    require(copy != NULL);
    memcpy(copy, data, size);
    *outcome = (struct outcome){.status = STATUS_OK};
    outcome->status =
        codec_jpeg.open(decoder, copy, size, &choice->limits, &outcome->picture, &outcome->why);
    if (outcome->status == STATUS_OK) {
        if (choice->eighths < 8)
            codec_jpeg.reduce(decoder, choice->eighths, &outcome->picture);
        outcome->status = codec_jpeg.start(decoder, &outcome->why);
    }
    if (outcome->status == STATUS_OK)
        pull(decoder, choice, outcome);
    codec_jpeg.close(decoder);
    free(copy);
}

static void require_equal_reason(const struct reason *a, const struct reason *b)
{
    require(a->kind == b->kind && a->code == b->code && a->arg[0] == b->arg[0] &&
            a->arg[1] == b->arg[1]);
}

static void compare(const struct outcome *a, const struct outcome *b)
{
    require(a->status == b->status && a->finished == b->finished);
    require_equal_reason(&a->why, &b->why);
    require_equal_reason(&a->end, &b->end);
    require(a->picture.width == b->picture.width && a->picture.height == b->picture.height);
    require(a->picture.format == b->picture.format);
    require(a->picture.orientation == b->picture.orientation);
    require(a->rows == b->rows);
    require(a->rows == 0 || memcmp(a->pixels, b->pixels, a->rows * a->row_bytes) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    for (int i = 0; i < 2; i++)
        if (!state[i])
            require((state[i] = codec_jpeg.create()) != NULL);
    uint8_t tail = data[size - 1];
    struct choice choice = {
        .limits = {.max_pixels = MAX_PIXELS, .accept_truncated = tail & 4},
        .eighths = 8u >> (tail & 3),
        .strip = 1 + (tail >> 3) % MAX_STRIP,
    };
    struct outcome mine, theirs;
    decode(state[0], data, size, &choice, &mine);
    choice.limits.library_only = true;
    choice.strip = 1 + (tail >> 5);
    decode(state[1], data, size, &choice, &theirs);
    compare(&mine, &theirs);
    free(mine.pixels);
    free(theirs.pixels);
    return 0;
}
