#include "image/baseline.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

#define TABLES     2 /* of each class, as baseline files may have */
#define MAX_SIDE   65535
#define MARGIN     64         /* bytes beside a row of samples */
#define KEEP_BYTES (2u << 20) /* of sample rows stay with the thread */

/* What it takes to bring the chroma to the picture's size. */
enum chroma {
    CHROMA_FULL,
    CHROMA_WIDEN,   /* half the width */
    CHROMA_BETWEEN, /* half the height */
    CHROMA_BOTH,
    CHROMA_TWICE, /* as the second and third, but repeated, not interpolated */
    CHROMA_AGAIN,
};

/* The samples of one component: some rows of MCUs, which come round again. */
struct plane {
    uint8_t *samples; /* the first row; MARGIN bytes stand before and at least behind each */
    size_t stride;
    uint32_t rows;          /* held */
    uint32_t width, height; /* of the component */
    uint32_t mcu_rows;      /* of one row of MCUs */
    unsigned log_size;      /* a block makes 1 << log_size samples each way */
    int dc;                 /* predictor */
    baseline_idct_fn idct, idct_flat;
    int16_t quant[64] __attribute__((aligned(32)));
};

/* A block of an MCU. */
struct part {
    struct plane *plane;
    const struct baseline_huffman *dc, *ac;
    int (*take)(struct baseline_bits *, const struct baseline_huffman *,
                const struct baseline_huffman *, int *, int16_t[64]);
    uint32_t x, step; /* sample of the first MCU's block, and from MCU to MCU */
    uint32_t y;
};

struct baseline {
    int16_t block[64] __attribute__((aligned(64)));
    const struct baseline_kernels *kernels;
    struct baseline_source source;
    struct baseline_bits bits;
    struct baseline_huffman dc[TABLES], ac[TABLES];
    struct buffer memory; /* the planes, then two rows of chroma at full size */
    uint8_t *full[2];

    /* The picture in hand. */
    uint32_t width, height;
    unsigned planes, parts;
    struct plane plane[3];
    struct part part[BASELINE_SOURCE_BLOCKS];
    enum chroma chroma;
    uint32_t mcus;              /* in a row */
    uint32_t mcu_row, last_row; /* the next to decode, and how many there are */
    unsigned together;    /* rows of MCUs that libjpeg hands out together: of a lone component */
    uint32_t next, ready; /* rows of pixels handed out, and those that could be */
    unsigned interval, until; /* MCUs between restart markers, and left until the next */
    unsigned restarts;        /* so far */
};

struct baseline *baseline_new(const struct baseline_kernels *kernels)
{
    if (!kernels->usable())
        return NULL;
    struct baseline *baseline = aligned_alloc(64, buffer_align(sizeof *baseline));
    if (!baseline)
        return NULL;
    memset(baseline, 0, sizeof *baseline);
    baseline->kernels = kernels;
    return baseline;
}

void baseline_free(struct baseline *baseline)
{
    if (baseline)
        buffer_free(&baseline->memory);
    free(baseline);
}

void baseline_end(struct baseline *baseline)
{
    if (baseline->memory.capacity > KEEP_BYTES)
        buffer_free(&baseline->memory);
}

/* Beginning. */

static uint32_t divide_up(uint32_t value, uint32_t by)
{
    return value / by + (value % by != 0);
}

/* Whether rows take samples of the row below. */
static bool is_tall(enum chroma chroma)
{
    return chroma == CHROMA_BETWEEN || chroma == CHROMA_BOTH;
}

/* Whether the sampling is one of four, and what is to be done then. `log_size` is of luma. */
static bool choose_chroma(struct baseline *baseline, const struct baseline_frame *frame,
                          unsigned log_size)
{
    baseline->chroma = CHROMA_FULL;
    const struct baseline_component *part = frame->component;
    if (frame->components == 1)
        return part[0].down >= 1 && part[0].down <= 4;
    for (int i = 1; i < 3; i++)
        if (part[i].across != 1 || part[i].down != 1)
            return false;
    if (part[0].across < 1 || part[0].across > 2 || part[0].down < 1 || part[0].down > 2)
        return false;
    static const enum chroma kinds[2][2] = {{CHROMA_FULL, CHROMA_WIDEN},
                                            {CHROMA_BETWEEN, CHROMA_BOTH}};
    baseline->chroma = kinds[part[0].down - 1][part[0].across - 1];
    if (baseline->chroma == CHROMA_BOTH && log_size < 3)
        baseline->chroma = CHROMA_FULL; /* out of larger IDCTs */
    if (log_size == 0 && baseline->chroma == CHROMA_WIDEN)
        baseline->chroma = CHROMA_TWICE;
    if (log_size == 0 && baseline->chroma == CHROMA_BETWEEN)
        baseline->chroma = CHROMA_AGAIN;
    return true;
}

/* Sizes of a plane, and how its blocks become samples. `luma` is the frame's first component. */
static void size_plane(struct baseline *baseline, const struct baseline_frame *frame,
                       struct plane *plane, unsigned across, unsigned down)
{
    const struct baseline_component *luma = &frame->component[0];
    bool alone = frame->components == 1;
    unsigned widest = alone ? 1 : luma->across, tallest = alone ? 1 : luma->down;
    plane->log_size = (unsigned)__builtin_ctz(frame->eighths);
    if (plane != baseline->plane && widest == 2 && tallest == 2 && plane->log_size < 3)
        plane->log_size++;
    uint32_t size = 1u << plane->log_size;
    plane->width = divide_up(frame->width * (across * size), widest * 8);
    plane->height = divide_up(frame->height * (down * size), tallest * 8);
    plane->mcu_rows = size * down;
    /* A neighbour may be in the next row of MCUs. */
    plane->rows = plane->mcu_rows * (is_tall(baseline->chroma) ? 2 : baseline->together);
    plane->stride = buffer_align((size_t)baseline->mcus * size * across + 2 * MARGIN);
    plane->idct = baseline->kernels->idct[plane->log_size];
    plane->idct_flat = baseline->kernels->idct_flat[plane->log_size];
}

static bool lay_planes(struct baseline *baseline)
{
    size_t full = buffer_align(baseline->width + 2 * MARGIN), bytes = 2 * full;
    for (unsigned i = 0; i < baseline->planes; i++)
        bytes += baseline->plane[i].stride * baseline->plane[i].rows;
    if (!buffer_reserve(&baseline->memory, bytes))
        return false;
    uint8_t *at = baseline->memory.data;
    for (unsigned i = 0; i < 2; i++, at += full)
        baseline->full[i] = at;
    for (unsigned i = 0; i < baseline->planes; i++) {
        baseline->plane[i].samples = at + MARGIN;
        at += baseline->plane[i].stride * baseline->plane[i].rows;
    }
    return true;
}

static void add_parts(struct baseline *baseline, struct plane *plane, unsigned across,
                      unsigned down, const struct baseline_huffman *dc,
                      const struct baseline_huffman *ac)
{
    for (unsigned b = 0; b < across * down; b++)
        baseline->part[baseline->parts++] = (struct part){
            .plane = plane,
            .dc = dc,
            .ac = ac,
            .take = plane->log_size == 0 ? baseline_huffman_skip : baseline_huffman_block,
            .x = b % across << plane->log_size,
            .step = across << plane->log_size,
            .y = b / across << plane->log_size,
        };
}

/* The planes, the blocks of an MCU in the file's order, and the tables they use. */
static bool list_parts(struct baseline *baseline, const struct baseline_frame *frame)
{
    baseline->parts = 0;
    for (unsigned i = 0; i < baseline->planes; i++) {
        const struct baseline_component *component = &frame->component[i];
        unsigned dc = component->dc_number, ac = component->ac_number;
        unsigned across = baseline->planes == 1 ? 1 : component->across;
        unsigned down = baseline->planes == 1 ? 1 : component->down;
        struct plane *plane = &baseline->plane[i];
        if (dc >= TABLES || ac >= TABLES ||
            !baseline_huffman_build(&baseline->dc[dc], component->dc, false) ||
            !baseline_huffman_build(&baseline->ac[ac], component->ac, true))
            return false;
        for (int k = 0; k < 64; k++)
            plane->quant[baseline_kernels_place[k]] = (int16_t)component->quant[k];
        size_plane(baseline, frame, plane, across, down);
        if (plane->log_size == 0)
            baseline_huffman_build_skip(&baseline->ac[ac]);
        add_parts(baseline, plane, across, down, &baseline->dc[dc], &baseline->ac[ac]);
    }
    /* libjpeg does not interpolate what is less than three samples wide. */
    bool wide = baseline->chroma == CHROMA_WIDEN || baseline->chroma == CHROMA_BOTH;
    return !wide || baseline->plane[1].width > 2;
}

static void reset_predictors(struct baseline *baseline)
{
    for (unsigned i = 0; i < baseline->planes; i++)
        baseline->plane[i].dc = 0;
    baseline->until = baseline->interval;
}

bool baseline_begin(struct baseline *baseline, const struct baseline_frame *frame,
                    const uint8_t *data, size_t size)
{
    if ((frame->components != 1 && frame->components != 3) || frame->width == 0 ||
        frame->height == 0 || frame->width > MAX_SIDE || frame->height > MAX_SIDE ||
        !choose_chroma(baseline, frame, (unsigned)__builtin_ctz(frame->eighths)))
        return false;
    baseline->width = divide_up(frame->width * frame->eighths, 8);
    baseline->height = divide_up(frame->height * frame->eighths, 8);
    baseline->planes = frame->components;
    unsigned across = baseline->planes == 1 ? 1 : frame->component[0].across;
    unsigned down = baseline->planes == 1 ? 1 : frame->component[0].down;
    baseline->mcus = divide_up(frame->width, 8 * across);
    baseline->last_row = divide_up(frame->height, 8 * down);
    baseline->together = baseline->planes == 1 ? frame->component[0].down : 1;
    if (!list_parts(baseline, frame) || !lay_planes(baseline))
        return false;
    baseline->mcu_row = baseline->next = baseline->ready = 0;
    baseline->interval = frame->restart_interval;
    baseline->restarts = 0;
    memset(baseline->block, 0, sizeof baseline->block); /* a picture may have ended amid a block */
    reset_predictors(baseline);
    baseline_source_begin(&baseline->source, &baseline->bits, data, size);
    return true;
}

/* A row of MCUs. */

static bool restart(struct baseline *baseline)
{
    unsigned number = baseline->restarts++ & 7;
    reset_predictors(baseline);
    return baseline_source_restart(&baseline->source, &baseline->bits, number);
}

static bool decode_mcu(struct baseline *baseline, uint32_t mcu, const size_t row[])
{
    for (unsigned p = 0; p < baseline->parts; p++) {
        const struct part *part = &baseline->part[p];
        struct plane *plane = part->plane;
        int last = part->take(&baseline->bits, part->dc, part->ac, &plane->dc, baseline->block);
        if (last < 0)
            return false;
        uint8_t *out = plane->samples + row[p] + part->x + (size_t)mcu * part->step;
        (last == 0 ? plane->idct_flat : plane->idct)(baseline->block, plane->quant, out,
                                                     plane->stride);
    }
    return true;
}

/* Repeats the samples at the ends of the new rows of a plane that is to be widened. */
static void repeat_ends(struct plane *plane, uint32_t mcu_row)
{
    uint32_t first = mcu_row * plane->mcu_rows % plane->rows;
    for (uint32_t y = first; y < first + plane->mcu_rows; y++) {
        uint8_t *row = plane->samples + y * plane->stride;
        row[-1] = row[0];
        row[plane->width] = row[plane->width - 1];
    }
}

static bool decode_row(struct baseline *baseline)
{
    size_t row[BASELINE_SOURCE_BLOCKS];
    for (unsigned p = 0; p < baseline->parts; p++) {
        const struct plane *plane = baseline->part[p].plane;
        uint32_t y = baseline->mcu_row * plane->mcu_rows % plane->rows + baseline->part[p].y;
        row[p] = y * plane->stride;
    }
    for (uint32_t mcu = 0; mcu < baseline->mcus; mcu++) {
        if (baseline->interval && baseline->until-- == 0) {
            if (!restart(baseline))
                return false;
            baseline->until--;
        }
        if (!baseline_source_ready(&baseline->source, &baseline->bits) ||
            !decode_mcu(baseline, mcu, row))
            return false;
    }
    for (unsigned i = 1; i < baseline->planes; i++)
        repeat_ends(&baseline->plane[i], baseline->mcu_row);
    /* Zeros behind the end must not have been taken for data by what is now handed out. */
    return baseline_source_ready(&baseline->source, &baseline->bits);
}

/* Decodes a row of MCUs, and finds which rows of pixels are then to be had. */
static bool advance(struct baseline *baseline)
{
    if (!decode_row(baseline))
        return false;
    baseline->mcu_row++;
    if (baseline->mcu_row == baseline->last_row) {
        baseline->ready = baseline->height;
        return baseline_source_finish(&baseline->source, &baseline->bits);
    }
    /* libjpeg holds back the rows of the last samples until it has seen the ones below. */
    if (baseline->mcu_row % baseline->together == 0)
        baseline->ready =
            baseline->mcu_row * baseline->plane[0].mcu_rows - (is_tall(baseline->chroma) ? 2 : 0);
    return true;
}

/* Pixels. */

static const uint8_t *samples(const struct plane *plane, uint32_t y)
{
    return plane->samples + y % plane->rows * plane->stride;
}

/* A row of chroma at the picture's size. */
static const uint8_t *chroma_row(const struct baseline *baseline, unsigned i, uint32_t y)
{
    const struct plane *plane = &baseline->plane[i];
    const struct baseline_kernels *kernels = baseline->kernels;
    uint8_t *full = baseline->full[i - 1];
    if (baseline->chroma == CHROMA_FULL)
        return samples(plane, y);
    if (baseline->chroma == CHROMA_AGAIN)
        return samples(plane, y / 2);
    if (baseline->chroma == CHROMA_WIDEN || baseline->chroma == CHROMA_TWICE) {
        (baseline->chroma == CHROMA_WIDEN ? kernels->widen : kernels->twice)(samples(plane, y),
                                                                             full, plane->width);
        return full;
    }
    uint32_t here = y / 2, other = y & 1 ? here + 1 : here - (here > 0);
    const uint8_t *near = samples(plane, here);
    const uint8_t *far = samples(plane, other < plane->height ? other : here);
    if (baseline->chroma == CHROMA_BOTH)
        kernels->widen_between(near, far, full, plane->width);
    else
        kernels->between(near, far, 1 + (y & 1), full, plane->width);
    return full;
}

unsigned baseline_rows(struct baseline *baseline, uint8_t *const row[], unsigned count)
{
    for (unsigned r = 0; r < count; r++, baseline->next++) {
        while (baseline->next >= baseline->ready)
            if (!advance(baseline))
                return r;
        uint32_t y = baseline->next;
        const uint8_t *luma = samples(&baseline->plane[0], y);
        if (baseline->planes == 1)
            memcpy(row[r], luma, baseline->width);
        else
            baseline->kernels->to_rgb(luma, chroma_row(baseline, 1, y), chroma_row(baseline, 2, y),
                                      row[r], baseline->width);
    }
    return count;
}
