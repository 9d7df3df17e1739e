#include "dataset/synth_picture.h"

#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_rng.h>

#include "dataset/synth_jpeg.h"
#include "dataset/synth_paint.h"
#include "dataset/synth_palette.h"
#include "dataset/synth_png.h"
#include "dataset/synth_scene.h"

/* Photographs of the web have some 0.3 to 2 bits a pixel. A trial on a few bands of rows aims at
 * the inner bounds; a picture that ends outside the outer ones is made again. */
#define LEAST_BITS 0.3
#define LEAST_AIM  0.38
#define MOST_AIM   1.8
#define MOST_BITS  2.0

#define LEAST_QUALITY 12
#define MOST_QUALITY  99
#define ATTEMPTS      5

/* A band is as high as a row of 4:2:0 blocks. */
#define BAND_ROWS  16
#define BANDS      4
#define PROOF_ROWS (BAND_ROWS * BANDS)

struct synth_maker {
    gsl_rng rng;
    struct synth_scene scene;
    struct synth_painter painter;
    struct synth_jpeg *jpeg;
    struct synth_palette palette;
    struct synth_png_settings png;
    uint8_t sample[SYNTH_PALETTE_SAMPLE][4];
    struct buffer proof; /* PROOF_ROWS rows of the picture */
    struct buffer row;   /* a row of PNG */
    struct buffer file;
};

struct synth_maker *synth_picture_open(void)
{
    struct synth_maker *maker = calloc(1, sizeof *maker);
    if (!maker)
        return NULL;
    /* Not gsl_rng_alloc, which ends the program when memory runs out. */
    maker->rng.type = gsl_rng_mt19937;
    maker->rng.state = malloc(maker->rng.type->size);
    maker->jpeg = synth_jpeg_open();
    if (!maker->rng.state || !maker->jpeg) {
        synth_picture_close(maker);
        return NULL;
    }
    return maker;
}

void synth_picture_close(struct synth_maker *maker)
{
    if (!maker)
        return;
    synth_paint_free(&maker->painter);
    synth_jpeg_close(maker->jpeg);
    buffer_free(&maker->proof);
    buffer_free(&maker->row);
    buffer_free(&maker->file);
    free(maker->rng.state);
    free(maker);
}

static const uint8_t *painted_row(void *user, uint32_t y)
{
    struct synth_maker *maker = user;
    return synth_paint_row(&maker->painter, y);
}

static const uint8_t *proof_row(void *user, uint32_t y)
{
    struct synth_maker *maker = user;
    return maker->proof.data + (size_t)4 * maker->scene.width * y;
}

/* Paints a few bands of rows, spread over the picture, to try qualities on. */
static bool paint_proof(struct synth_maker *maker)
{
    uint32_t height = maker->scene.height;
    size_t stride = (size_t)4 * maker->scene.width;
    if (!buffer_reserve(&maker->proof, stride * PROOF_ROWS))
        return false;
    for (uint32_t i = 0; i < PROOF_ROWS; i++) {
        uint32_t band = i / BAND_ROWS, y = i; /* a low picture is its own proof */
        if (height > PROOF_ROWS)
            y = (uint32_t)((uint64_t)(height - BAND_ROWS) * (2 * band + 1) / (2 * BANDS)) +
                i % BAND_ROWS;
        if (y < height)
            memcpy(maker->proof.data + stride * i, synth_paint_row(&maker->painter, y), stride);
    }
    return true;
}

static double bits_a_pixel(size_t bytes, const struct synth_jpeg_settings *settings)
{
    return 8.0 * (double)bytes / ((double)settings->width * settings->height);
}

/* Finds by bisection a quality whose bits a pixel lie within the aim, beginning with that of the
 * settings. Progression is left out of the trials: it saves less than the aim is wide. */
static const char *find_quality(struct synth_maker *maker, struct synth_jpeg_settings *settings)
{
    struct synth_jpeg_settings trial = *settings;
    int low = LEAST_QUALITY, high = MOST_QUALITY;
    const char *why = NULL;
    if (!paint_proof(maker))
        return "out of memory";
    trial.progressive = false;
    if (trial.height > PROOF_ROWS)
        trial.height = PROOF_ROWS;
    for (int i = 0; i < ATTEMPTS && low < high; i++) {
        size_t bytes;
        why = synth_jpeg_encode(maker->jpeg, &trial, proof_row, maker, &maker->file, &bytes);
        if (why)
            break;
        double bits = bits_a_pixel(bytes, &trial);
        if (bits >= LEAST_AIM && bits <= MOST_AIM)
            break;
        if (bits < LEAST_AIM)
            low = trial.quality + 1;
        else
            high = trial.quality - 1;
        trial.quality = (low + high + 1) / 2;
    }
    settings->quality = trial.quality;
    return why;
}

static const char *make_jpeg(struct synth_maker *maker, const struct synth_plan *plan,
                             size_t *bytes)
{
    const struct synth_kind_spec *spec = &synth_plan_kinds[plan->kind];
    struct synth_jpeg_settings settings = {.width = plan->width,
                                           .height = plan->height,
                                           .quality = plan->quality,
                                           .gray = spec->gray,
                                           .half_chroma = spec->half_chroma,
                                           .progressive = spec->progressive};
    const char *why = find_quality(maker, &settings);
    for (int i = 0; !why && i < ATTEMPTS; i++) {
        why = synth_jpeg_encode(maker->jpeg, &settings, painted_row, maker, &maker->file, bytes);
        double bits = why ? 0.0 : bits_a_pixel(*bytes, &settings);
        if (why || (bits >= LEAST_BITS && bits <= MOST_BITS))
            break;
        settings.quality += bits < LEAST_BITS ? 7 : -7;
        if (settings.quality < LEAST_QUALITY || settings.quality > MOST_QUALITY)
            break; /* a few pixels, or nothing to see: it cannot be helped */
    }
    return why;
}

/* Chooses the palette by a grid of 64 by 64 pixels. */
static void make_palette(struct synth_maker *maker, int depth, bool alpha)
{
    const struct synth_scene *scene = &maker->scene;
    int count = 0;
    for (uint32_t j = 0; j < 64; j++) {
        const uint8_t *row = synth_paint_row(&maker->painter, scene->height * (2 * j + 1) / 128);
        for (uint32_t i = 0; i < 64; i++, count++) {
            memcpy(maker->sample[count], row + (size_t)4 * (scene->width * (2 * i + 1) / 128), 4);
            if (!alpha)
                maker->sample[count][3] = 255;
        }
    }
    synth_palette_make(&maker->palette, 1 << depth, maker->sample, count);
}

/* A painted row in the file's format. */
static const uint8_t *png_row(void *user, uint32_t y)
{
    struct synth_maker *maker = user;
    const struct synth_png_settings *png = &maker->png;
    const uint8_t *rgba = synth_paint_row(&maker->painter, y);
    uint8_t *out = maker->row.data;
    if (png->palette) {
        synth_palette_map(&maker->palette, rgba, png->width, y, png->depth, png->depth == 8, out);
    } else if (png->channels == 4) {
        return rgba;
    } else if (png->channels == 3) {
        for (uint32_t x = 0; x < png->width; x++)
            memcpy(out + 3 * x, rgba + 4 * x, 3);
    } else {
        for (uint32_t x = 0; x < png->width; x++) /* BT.601 luma in 1/256 */
            out[x] =
                (uint8_t)((77 * rgba[4 * x] + 150 * rgba[4 * x + 1] + 29 * rgba[4 * x + 2] + 128) >>
                          8);
    }
    return out;
}

static const char *make_png(struct synth_maker *maker, const struct synth_plan *plan, size_t *bytes)
{
    const struct synth_kind_spec *spec = &synth_plan_kinds[plan->kind];
    maker->png = (struct synth_png_settings){.width = plan->width,
                                             .height = plan->height,
                                             .channels = spec->gray    ? 1
                                                         : spec->alpha ? 4
                                                                       : 3,
                                             .depth = spec->depth,
                                             .palette = spec->depth ? &maker->palette : NULL};
    if (!buffer_reserve(&maker->row, synth_png_row_bytes(&maker->png)))
        return "out of memory";
    if (spec->depth)
        make_palette(maker, spec->depth, spec->alpha);
    return synth_png_encode(&maker->png, png_row, maker, &maker->file, bytes);
}

const char *synth_picture_make(struct synth_maker *maker, const struct synth_options *options,
                               uint64_t i, struct synth_file *file)
{
    synth_plan_seed(&maker->rng, options->seed, i);
    synth_plan_picture(&file->plan, options, i, &maker->rng);
    synth_scene_compose(&maker->scene, &file->plan, &maker->rng);
    if (!synth_paint_begin(&maker->painter, &maker->scene))
        return "out of memory";
    bool png = synth_plan_kinds[file->plan.kind].png;
    const char *why = png ? make_png(maker, &file->plan, &file->bytes)
                          : make_jpeg(maker, &file->plan, &file->bytes);
    file->data = maker->file.data;
    return why;
}
