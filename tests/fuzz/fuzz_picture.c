/*
 * Any bytes as a picture: what a worker does with a file that it has read, under small limits.
 *
 * The last four bytes choose the options. They stay part of the picture, so that every file is an
 * input as it is, and each picture of a seed folder meets options of its own; what stands behind
 * the end of a picture means nothing to a decoder, so the fuzzer finds out that it may append them.
 *
 * A state takes picture after picture, as a worker's does, with options that change in between.
 * What it says must be said again when asked again, and by another state that has other kernels,
 * inflates the other way, and leaves every JPEG to libjpeg. Bytes around the output must stay.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz_main.h"
#include "fuzz_reserved.h"
#include "image/codec.h"
#include "image/resize_kernels.h"
#include "pipeline/transform.h"

#define MAX_PIXELS (1u << 20)
#define CANARY     64
#define MAX_OUT    (256 * 256 * 3)

/* A worker for each variant of the kernels that this CPU has. */
struct worker {
    struct transform_options options;
    struct transform *transform;
};
static struct worker workers[RESIZE_KERNELS_COUNT];
static unsigned worker_count;

struct outcome {
    enum status status;
    struct picture picture;
    struct reason why;
    uint8_t bytes[CANARY + MAX_OUT + CANARY];
};
static struct outcome first, again, reference;

/* The kernels of a state are those in use when it is made. */
static void set_up(void)
{
    for (int k = 0; k < RESIZE_KERNELS_COUNT; k++) {
        if (!resize_kernels_use(resize_kernels_table[k]->name))
            continue;
        struct worker *worker = &workers[worker_count++];
        worker->transform = transform_new(&worker->options);
        require(worker->transform != NULL);
    }
}

/* Small and large, square and flat: pictures are reduced, enlarged, and left as they are. */
static void choose_size(struct transform_options *choice, unsigned number)
{
    static const uint16_t sizes[][2] = {{64, 64}, {1, 1},   {7, 5},     {1, 200}, {200, 1},
                                        {33, 64}, {64, 33}, {256, 256}, {17, 31}, {3, 100},
                                        {100, 3}, {16, 16}, {32, 32},   {8, 8}};
    const uint16_t *size = sizes[number % (sizeof sizes / sizeof *sizes)];
    choice->width = size[0];
    choice->height = size[1];
}

/* Fills the options of two workers, which differ only in how much may be inflated at once and in
 * whether JPEG is libjpeg's alone. */
static void choose_options(const uint8_t *data, size_t size, struct worker *worker[2])
{
    uint8_t tail[4] = {0};
    if (size >= sizeof tail)
        memcpy(tail, data + size - sizeof tail, sizeof tail);
    worker[0] = &workers[(tail[1] >> 5) % worker_count];
    worker[1] = &workers[((tail[1] >> 5) + 1) % worker_count];
    struct transform_options *choice = &worker[0]->options;
    *choice = (struct transform_options){
        .filter = (enum taps_filter)(tail[0] % TAPS_FILTER_COUNT),
        .fit = (enum geometry_fit)(tail[0] / TAPS_FILTER_COUNT % 3),
        .convert = {.luma = tail[1] & 1,
                    .blend = tail[1] & 2,
                    .background = {tail[2], 255 - tail[2], tail[1]},
                    .gray16_high = tail[1] & 4},
        .pad_color = {tail[1], tail[2], 255},
        .exif = tail[1] & 8,
        .fast_margin = (unsigned[]){0, 2, 3, 8}[tail[0] / (TAPS_FILTER_COUNT * 3) % 4],
        .limits = {.max_pixels = MAX_PIXELS, .accept_truncated = tail[1] & 16},
    };
    choose_size(choice, tail[2]);
    size_t few = 1 + (size_t)(tail[3] >> 1) * 512;
    choice->limits.at_once_bytes = tail[3] & 1 ? few : 0;
    worker[1]->options = *choice;
    worker[1]->options.limits.at_once_bytes = tail[3] & 1 ? 0 : few;
    worker[1]->options.limits.library_only = true;
}

static size_t out_bytes(const struct worker *worker)
{
    const struct transform_options *options = &worker->options;
    return (size_t)options->width * options->height * transform_channels(options);
}

/* Decodes a copy that ends where its memory does. `fill` stands wherever nothing is written. */
static void decode(const struct worker *worker, const uint8_t *data, size_t size, uint8_t fill,
                   struct outcome *outcome)
{
    size_t bytes = out_bytes(worker);
    memset(outcome->bytes, fill, CANARY + bytes + CANARY);
    uint8_t *copy = malloc(size);
    require(copy != NULL);
    memcpy(copy, data, size);
    size_t head = size < CODEC_SNIFF_BYTES ? size : CODEC_SNIFF_BYTES;
    outcome->why = (struct reason){0};
    outcome->status = transform_picture(worker->transform, codec_find(copy, head), copy, size,
                                        outcome->bytes + CANARY, &outcome->picture, &outcome->why);
    free(copy);
    for (size_t i = 0; i < CANARY; i++)
        require(outcome->bytes[i] == fill && outcome->bytes[CANARY + bytes + i] == fill);
}

/* A sentence for a person, whatever the file put into it. */
static void check_reason(const struct reason *why)
{
    char text[200];
    reason_text(why, text, sizeof text);
    for (const char *c = text; *c; c++)
        require(*c >= 0x20 && *c != 0x7f);
}

static void check_outcome(const struct outcome *outcome, bool partial_allowed)
{
    const struct picture *picture = &outcome->picture;
    require((unsigned)outcome->status < STATUS_COUNT);
    check_reason(&outcome->why);
    if (!status_has_pixels(outcome->status)) {
        require(outcome->why.kind != REASON_NONE);
        return;
    }
    require(picture->width >= 1 && picture->height >= 1);
    require((uint64_t)picture->width * picture->height <= MAX_PIXELS);
    require(picture->orientation >= 1 && picture->orientation <= 8);
    require(picture->format < PIXEL_FORMAT_COUNT);
    require(outcome->status == STATUS_OK || partial_allowed);
}

/* What the index and the array get of the two must be the same. */
static void check_equal(const struct outcome *a, const struct outcome *b, size_t bytes)
{
    if (a->status == STATUS_MEMORY || b->status == STATUS_MEMORY)
        return;
    require(a->status == b->status);
    require(a->why.kind == b->why.kind && a->why.code == b->why.code &&
            a->why.arg[0] == b->why.arg[0] && a->why.arg[1] == b->why.arg[1]);
    require(a->picture.width == b->picture.width && a->picture.height == b->picture.height);
    require(a->picture.format == b->picture.format);
    require(a->picture.container == b->picture.container);
    require(a->picture.orientation == b->picture.orientation);
    if (status_has_pixels(a->status))
        require(memcmp(a->bytes + CANARY, b->bytes + CANARY, bytes) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (worker_count == 0)
        set_up();
    size_t head = size < CODEC_SNIFF_BYTES ? size : CODEC_SNIFF_BYTES;
    if (!codec_find(data, head)) {
        int other = codec_find_other(data, head);
        require(other < 0 || codec_other_name(other));
        return 0;
    }
    struct worker *worker[2];
    choose_options(data, size, worker);
    size_t bytes = out_bytes(worker[0]);
    decode(worker[0], data, size, 0xa5, &first);
    check_outcome(&first, worker[0]->options.limits.accept_truncated);
    decode(worker[0], data, size, 0x5a, &again);
    check_equal(&first, &again, bytes);
    if (fuzz_reserved_code(data, size))
        return 0;
    decode(worker[1], data, size, 0xc3, &reference);
    check_equal(&first, &reference, bytes);
    return 0;
}
