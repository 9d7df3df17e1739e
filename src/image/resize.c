/*
 * Rows flow through up to two passes. In the straight order each source row is first reduced to the
 * output's width (the horizontal pass), then added to the output rows it touches (the vertical
 * pass). In the turned order the vertical pass comes first, over rows of full width, and each
 * finished row is reduced to one column of the output.
 *
 * The vertical pass keeps its state in one of two ways, whichever holds less:
 *   sums: one row of int32 sums for each output row that is open (shrinking: some 4 to 7 are);
 *   ring: the last source rows, from which an output row is summed when its last row is there
 *         (enlarging: few source rows feed many output rows).
 */
#include "image/resize.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "image/resize_kernels.h"

#define GROUP RESIZE_KERNELS_ROWS
#define SLACK 64 /* bytes a kernel may touch beyond a row */

struct resize {
    struct taps_cache *cache;
    const struct resize_kernels *kernels;
    struct resize_job job;
    const struct taps *along_x, *along_y; /* axes of the stored picture */

    uint32_t y;    /* stored row that comes next */
    uint32_t open; /* first entry of along_y that is not finished */

    bool ring;         /* how the vertical pass keeps its state */
    uint32_t slots;    /* rows of sums, or of the ring */
    size_t length;     /* samples in a row of the vertical pass */
    size_t row_stride; /* bytes from one row of `rows` to the next */

    struct buffer sums; /* int32: [slots][length], or [length] beside a ring */
    struct buffer rows; /* ring rows, or GROUP rows on their way from horizontal to vertical */
    struct buffer line; /* a finished row still mirrored, or of full width and then its column */
};

struct resize *resize_new(void)
{
    struct resize *resize = calloc(1, sizeof *resize);
    if (!resize)
        return NULL;
    resize->cache = taps_cache_new();
    if (!resize->cache) {
        free(resize);
        return NULL;
    }
    resize->kernels = resize_kernels_current();
    return resize;
}

void resize_forget(struct resize *resize)
{
    taps_cache_clear(resize->cache);
    buffer_free(&resize->sums);
    buffer_free(&resize->rows);
    buffer_free(&resize->line);
}

void resize_free(struct resize *resize)
{
    if (!resize)
        return;
    resize_forget(resize);
    taps_cache_free(resize->cache);
    free(resize);
}

static uint32_t end_of(const struct taps *taps, uint32_t j)
{
    return taps->first[j] + taps->count[j];
}

/* The largest number of entries that are open at once: begun and not yet finished. */
static uint32_t most_open(const struct taps *taps)
{
    uint32_t most = 1;
    for (uint32_t j = 0, done = 0; j < taps->key.out; j++) {
        while (done < j && end_of(taps, done) <= taps->first[j])
            done++;
        if (j - done + 1 > most)
            most = j - done + 1;
    }
    return most;
}

/* The two tables, in axes of the stored picture: turning first transposes, then flips. */
static bool get_taps(struct resize *resize)
{
    const struct resize_job *job = &resize->job;
    const struct geometry_place *place = &job->place;
    struct taps_key upright_x = {.out = place->width,
                                 .from = place->box[0],
                                 .to = place->box[2],
                                 .filter = job->filter,
                                 .mirror = job->turn.flip_x};
    struct taps_key upright_y = {.out = place->height,
                                 .from = place->box[1],
                                 .to = place->box[3],
                                 .filter = job->filter,
                                 .mirror = job->turn.flip_y};
    struct taps_key x = job->turn.transpose ? upright_y : upright_x;
    struct taps_key y = job->turn.transpose ? upright_x : upright_y;
    x.in = job->width;
    y.in = job->height;
    resize->along_x = taps_cache_get(resize->cache, &x);
    resize->along_y = resize->along_x ? taps_cache_get(resize->cache, &y) : NULL;
    return resize->along_y != NULL;
}

static bool reserve(struct resize *resize)
{
    const struct resize_job *job = &resize->job;
    bool turned = job->turn.transpose;
    resize->length = (size_t)job->channels * (turned ? job->width : resize->along_x->key.out);
    resize->row_stride = buffer_align(resize->length + SLACK);
    uint32_t open = most_open(resize->along_y);
    uint32_t ring = resize->along_y->longest + GROUP;
    resize->ring = ring <= open * sizeof(int32_t);
    resize->slots = resize->ring ? ring : open;

    size_t sums = (resize->ring ? 1 : resize->slots) * resize->length * sizeof(int32_t);
    size_t rows = resize->ring ? resize->slots : turned ? 0 : GROUP;
    size_t column = turned ? (size_t)resize->along_x->key.out * job->channels + SLACK : 0;
    size_t line = turned || resize->along_x->key.mirror ? resize->row_stride : 0;
    if (!buffer_reserve(&resize->sums, sums) ||
        !buffer_reserve(&resize->rows, rows * resize->row_stride) ||
        !buffer_reserve(&resize->line, line + column))
        return false;
    memset(resize->sums.data, 0, sums);
    return true;
}

bool resize_begin(struct resize *resize, const struct resize_job *job)
{
    resize->job = *job;
    resize->y = 0;
    resize->open = 0;
    return get_taps(resize) && reserve(resize);
}

static void horizontal(const struct resize *resize, const uint8_t *const source[],
                       uint8_t *const target[], unsigned rows)
{
    if (resize->job.channels == 3)
        resize->kernels->horizontal3(resize->along_x, source, target, rows);
    else
        resize->kernels->horizontal1(resize->along_x, source, target, rows);
}

/* With a mirrored axis entry j is output out-1-j. */
static uint32_t output_of(const struct taps *taps, uint32_t j)
{
    return taps->key.mirror ? taps->key.out - 1 - j : j;
}

/* Copies pixels to a column, `step` bytes from one to the next. */
static void scatter(const uint8_t *pixels, uint32_t count, uint8_t channels, uint8_t *out,
                    ptrdiff_t step)
{
    for (uint32_t i = 0; i < count; i++, out += step)
        for (uint8_t c = 0; c < channels; c++)
            out[c] = *pixels++;
}

/* Copies pixels in reverse order, for a mirrored row. */
static void mirror_row(const uint8_t *pixels, uint32_t count, uint8_t channels, uint8_t *out)
{
    scatter(pixels, count, channels, out + (size_t)(count - 1) * channels, -(ptrdiff_t)channels);
}

/* Stores the finished sums of entry j. */
static void store_entry(struct resize *resize, int32_t *sums, uint32_t j)
{
    const struct resize_job *job = &resize->job;
    uint32_t at = output_of(resize->along_y, j);
    const struct taps *along_x = resize->along_x;
    uint8_t *line = resize->line.data;
    if (!job->turn.transpose) {
        uint8_t *out = job->out + at * job->out_stride;
        resize->kernels->finish(sums, along_x->key.mirror ? line : out, resize->length);
        if (along_x->key.mirror)
            mirror_row(line, along_x->key.out, job->channels, out);
        return;
    }
    uint8_t *column = line + resize->row_stride;
    resize->kernels->finish(sums, line, resize->length);
    horizontal(resize, (const uint8_t *const[]){line}, (uint8_t *const[]){column}, 1);
    ptrdiff_t step = (ptrdiff_t)job->out_stride;
    uint8_t *top = job->out + (size_t)at * job->channels;
    if (along_x->key.mirror)
        scatter(column, along_x->key.out, job->channels,
                top + (ptrdiff_t)(along_x->key.out - 1) * step, -step);
    else
        scatter(column, along_x->key.out, job->channels, top, step);
}

static uint8_t *ring_row(const struct resize *resize, uint32_t y)
{
    return resize->rows.data + (size_t)(y % resize->slots) * resize->row_stride;
}

/* Sums entry j from the ring, whose rows are all there. */
static void sum_ring(struct resize *resize, uint32_t j)
{
    const struct taps *taps = resize->along_y;
    int32_t *sums = (int32_t *)resize->sums.data;
    for (uint32_t k = 0; k < taps->count[j]; k += GROUP) {
        const uint8_t *row[GROUP];
        int32_t weight[GROUP];
        unsigned rows = 0;
        for (; rows < GROUP && k + rows < taps->count[j]; rows++) {
            row[rows] = ring_row(resize, taps->first[j] + k + rows);
            weight[rows] = taps_weight(taps, j, k + rows);
        }
        resize->kernels->add(sums, row, weight, rows, resize->length);
    }
    store_entry(resize, sums, j);
}

/* Adds rows y … y+count-1 to the sums of entry j, as far as it takes them. */
static void add_rows(struct resize *resize, uint32_t j, uint32_t y, const uint8_t *const row[],
                     unsigned count)
{
    const struct taps *taps = resize->along_y;
    int32_t *sums = (int32_t *)resize->sums.data + (j % resize->slots) * resize->length;
    const uint8_t *taken[GROUP];
    int32_t weight[GROUP];
    unsigned rows = 0;
    for (unsigned r = 0; r < count; r++)
        if (y + r >= taps->first[j] && y + r < end_of(taps, j)) {
            taken[rows] = row[r];
            weight[rows++] = taps_weight(taps, j, y + r - taps->first[j]);
        }
    if (rows)
        resize->kernels->add(sums, taken, weight, rows, resize->length);
    if (end_of(taps, j) <= y + count)
        store_entry(resize, sums, j);
}

/* The vertical pass over rows y … y+count-1, at most GROUP. */
static void vertical(struct resize *resize, uint32_t y, const uint8_t *const row[], unsigned count)
{
    const struct taps *taps = resize->along_y;
    for (uint32_t j = resize->open; j < taps->key.out; j++) {
        bool finished = end_of(taps, j) <= y + count;
        if (!finished && (resize->ring || taps->first[j] >= y + count))
            break;
        if (resize->ring)
            sum_ring(resize, j);
        else
            add_rows(resize, j, y, row, count);
        if (finished)
            resize->open = j + 1;
    }
}

/* Takes rows that lie next to each other, at most GROUP, all needed. */
static void take(struct resize *resize, uint32_t y, const uint8_t *const row[], unsigned count)
{
    bool turned = resize->job.turn.transpose;
    if (turned && !resize->ring) {
        vertical(resize, y, row, count);
        return;
    }
    uint8_t *target[GROUP];
    for (unsigned r = 0; r < count; r++)
        target[r] =
            resize->ring ? ring_row(resize, y + r) : resize->rows.data + r * resize->row_stride;
    if (turned)
        for (unsigned r = 0; r < count; r++)
            memcpy(target[r], row[r], resize->length);
    else
        horizontal(resize, row, target, count);
    vertical(resize, y, (const uint8_t *const *)target, count);
}

/* Whether any output that is still open takes row y. */
static bool needed(struct resize *resize, uint32_t y)
{
    const struct taps *taps = resize->along_y;
    for (uint32_t j = resize->open; j < taps->key.out && taps->first[j] <= y; j++)
        if (y < end_of(taps, j))
            return true;
    return false;
}

void resize_rows(struct resize *resize, const uint8_t *const row[], unsigned count)
{
    unsigned r = 0;
    while (r < count) {
        unsigned group = 0;
        while (group < GROUP && r + group < count && needed(resize, resize->y + r + group))
            group++;
        if (group)
            take(resize, resize->y + r, row + r, group);
        r += group ? group : 1;
    }
    resize->y += count;
    if (resize->y == resize->job.height)
        vertical(resize, resize->y, NULL, 0); /* outputs that lie outside the picture */
}
