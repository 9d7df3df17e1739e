#include "fuzz_pair.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz_main.h"

struct outcome {
    enum status status, finished;
    struct reason why, end;
    struct picture picture;
    uint32_t rows;
    size_t row_bytes;
    uint8_t *pixels;
};

/* Pulls all rows, each into a block of its own size, so that one byte too many is found. */
static void pull(const struct fuzz_pair_side *side, struct outcome *outcome)
{
    const struct picture *picture = &outcome->picture;
    outcome->row_bytes = pixel_row_bytes(picture->format, picture->width);
    outcome->pixels = malloc(outcome->row_bytes * picture->height);
    uint8_t *row[FUZZ_PAIR_MAX_STRIP];
    for (unsigned i = 0; i < side->strip; i++)
        require((row[i] = malloc(outcome->row_bytes + CODEC_ROW_SLACK)) != NULL);
    require(outcome->pixels != NULL);
    while (outcome->status == STATUS_OK && outcome->rows < picture->height) {
        uint32_t left = picture->height - outcome->rows;
        unsigned got = 0, count = left < side->strip ? left : side->strip;
        outcome->status = side->codec->rows(side->state, row, count, &got, &outcome->why);
        require(got <= count && (got > 0 || outcome->status != STATUS_OK));
        for (unsigned i = 0; i < got; i++, outcome->rows++)
            memcpy(outcome->pixels + outcome->rows * outcome->row_bytes, row[i],
                   outcome->row_bytes);
    }
    if (outcome->status == STATUS_OK)
        outcome->finished = side->codec->finish(side->state, &outcome->end);
    for (unsigned i = 0; i < side->strip; i++)
        free(row[i]);
}

static void decode(const uint8_t *data, size_t size, const struct fuzz_pair_side *side,
                   struct outcome *outcome)
{
    uint8_t *copy = malloc(size); /* ends where its memory does */
    require(copy != NULL);
    memcpy(copy, data, size);
    *outcome = (struct outcome){.status = STATUS_OK};
    outcome->status =
        side->codec->open(side->state, copy, size, &side->limits, &outcome->picture, &outcome->why);
    if (outcome->status == STATUS_OK) {
        if (side->eighths < 8 && side->codec->reduce)
            side->codec->reduce(side->state, side->eighths, &outcome->picture);
        outcome->status = side->codec->start(side->state, &outcome->why);
    }
    if (outcome->status == STATUS_OK)
        pull(side, outcome);
    side->codec->close(side->state);
    free(copy);
}

static void require_equal_reason(const struct reason *a, const struct reason *b)
{
    require(a->kind == b->kind && a->code == b->code && a->arg[0] == b->arg[0] &&
            a->arg[1] == b->arg[1]);
}

static void require_equal(const struct outcome *a, const struct outcome *b)
{
    require(a->status == b->status && a->finished == b->finished);
    require_equal_reason(&a->why, &b->why);
    require_equal_reason(&a->end, &b->end);
    require(a->picture.width == b->picture.width && a->picture.height == b->picture.height);
    require(a->picture.format == b->picture.format);
    require(a->picture.orientation == b->picture.orientation);
    require(a->picture.multi_scan == b->picture.multi_scan);
    require(a->picture.has_key == b->picture.has_key);
    require(a->rows == b->rows);
    require(a->rows == 0 || memcmp(a->pixels, b->pixels, a->rows * a->row_bytes) == 0);
}

void fuzz_pair_compare(const uint8_t *data, size_t size, const struct fuzz_pair_side *first,
                       const struct fuzz_pair_side *second)
{
    struct outcome one, other;
    decode(data, size, first, &one);
    decode(data, size, second, &other);
    require_equal(&one, &other);
    free(one.pixels);
    free(other.pixels);
}
