/*
 * What the sample set is made of: plans, noise, painter, palette, JPEG. Properties, as no one else
 * makes the same pictures.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <gsl/gsl_rng.h>

#include "dataset/synth_jpeg.h"
#include "dataset/synth_noise.h"
#include "dataset/synth_paint.h"
#include "dataset/synth_palette.h"
#include "dataset/synth_picture.h"
#include "dataset/synth_plan.h"
#include "dataset/synth_scene.h"

static const struct synth_options usual = {.seed = 5, .min_side = 200, .max_side = 3000};

static void every_hundred_holds_the_shares(void **state)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    unsigned sum = 0;
    (void)state;
    for (int k = 0; k < SYNTH_KINDS; k++)
        sum += synth_plan_kinds[k].share;
    assert_int_equal(sum, 100);
    for (uint64_t deck = 0; deck < 7; deck++) {
        unsigned found[SYNTH_KINDS] = {0};
        for (uint64_t i = 100 * deck; i < 100 * deck + 100; i++) {
            struct synth_plan plan;
            synth_plan_seed(rng, usual.seed, i);
            synth_plan_picture(&plan, &usual, i, rng);
            found[plan.kind]++;
        }
        for (int k = 0; k < SYNTH_KINDS; k++)
            assert_int_equal(found[k], synth_plan_kinds[k].share);
    }
    gsl_rng_free(rng);
}

static void sides_stay_within_their_bounds(void **state)
{
    static const uint32_t bounds[][2] = {{200, 3000}, {1, 1}, {1, 20}, {64, 64}, {1500, 3000}};
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    (void)state;
    for (size_t b = 0; b < sizeof bounds / sizeof *bounds; b++) {
        struct synth_options options = {.min_side = bounds[b][0], .max_side = bounds[b][1]};
        double pixels = 0;
        for (uint64_t i = 0; i < 2000; i++) {
            struct synth_plan plan;
            synth_plan_seed(rng, 9, i);
            synth_plan_picture(&plan, &options, i, rng);
            assert_in_range(plan.width, options.min_side, options.max_side);
            assert_in_range(plan.height, options.min_side, options.max_side);
            pixels += (double)plan.width * plan.height;
        }
        if (b == 0) /* what the documentation promises of the defaults */
            assert_true(pixels / 2000 > 0.6e6 && pixels / 2000 < 1.1e6);
    }
    gsl_rng_free(rng);
}

static void noise_does_not_depend_on_the_order_of_rows(void **state)
{
    enum { WIDTH = 301, HEIGHT = 97 };
    struct synth_noise_look look = {
        .coarse = 60, .fine = 1.9f, .persistence = 0.8f, .stretch = 1.7f};
    struct synth_noise noise;
    float *storage = malloc(synth_noise_floats(WIDTH) * sizeof *storage);
    float *rows = malloc(sizeof(float) * WIDTH * HEIGHT), again[WIDTH];
    double sum = 0, squares = 0;
    (void)state;
    assert_non_null(storage);
    assert_non_null(rows);
    synth_noise_setup(&noise, storage, WIDTH, &look, 42);
    assert_true(noise.octaves > 3);
    for (uint32_t y = 0; y < HEIGHT; y++)
        synth_noise_row(&noise, y, rows + y * WIDTH);
    for (uint32_t k = 0; k < HEIGHT; k++) {
        uint32_t y = k * 41 % HEIGHT;
        synth_noise_row(&noise, y, again);
        assert_memory_equal(again, rows + y * WIDTH, sizeof again);
    }
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
        sum += rows[i];
        squares += rows[i] * rows[i];
        assert_true(fabsf(rows[i]) < 11.0f);
    }
    double mean = sum / (WIDTH * HEIGHT), sd = sqrt(squares / (WIDTH * HEIGHT) - mean * mean);
    assert_true(fabs(mean) < 0.5);
    assert_true(sd > 0.6 && sd < 1.5);
    free(storage);
    free(rows);
}

/* Composes picture i at a small size. */
static void compose(struct synth_scene *scene, struct synth_plan *plan, uint64_t i)
{
    struct synth_options options = {.seed = 3, .min_side = 40, .max_side = 300};
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    synth_plan_seed(rng, options.seed, i);
    synth_plan_picture(plan, &options, i, rng);
    synth_scene_compose(scene, plan, rng);
    gsl_rng_free(rng);
}

static void painting_does_not_depend_on_the_order_of_rows(void **state)
{
    struct synth_scene *scene = malloc(sizeof *scene);
    struct synth_painter painter = {0};
    uint8_t *picture = malloc(4 * 300 * 300);
    (void)state;
    assert_non_null(scene);
    assert_non_null(picture);
    for (uint64_t i = 0; i < 40; i++) {
        struct synth_plan plan;
        compose(scene, &plan, i);
        size_t stride = (size_t)4 * plan.width;
        assert_true(synth_paint_begin(&painter, scene));
        for (uint32_t y = 0; y < plan.height; y++)
            memcpy(picture + stride * y, synth_paint_row(&painter, y), stride);
        for (uint32_t y = plan.height; y-- > 0;)
            assert_memory_equal(synth_paint_row(&painter, y), picture + stride * y, stride);
        /* Cut-outs have something to see and something to see through, others have no alpha. */
        unsigned clear = 0, solid = 0;
        for (size_t p = 0; p < (size_t)plan.width * plan.height; p++) {
            clear += picture[4 * p + 3] == 0;
            solid += picture[4 * p + 3] == 255;
        }
        if (synth_plan_kinds[plan.kind].alpha)
            assert_true(clear > 0 && solid > 0);
        else
            assert_int_equal(solid, plan.width * plan.height);
    }
    synth_paint_free(&painter);
    free(picture);
    free(scene);
}

static void a_few_colours_are_kept_exactly(void **state)
{
    struct synth_palette *palette = malloc(sizeof *palette);
    uint8_t sample[1000][4];
    (void)state;
    assert_non_null(palette);
    for (int colors = 1; colors <= 16; colors++) {
        uint8_t known[16][4];
        for (int i = 0; i < colors; i++) /* far apart: each in a cell of its own */
            memcpy(known[i], (uint8_t[4]){(uint8_t)(i * 16), (uint8_t)(255 - i * 16), 128, 255}, 4);
        for (int i = 0; i < 1000; i++)
            memcpy(sample[i], known[i * 7919 % 1000 % colors], 4);
        synth_palette_make(palette, 16, sample, 1000);
        assert_int_equal(palette->count, colors);
        assert_false(palette->alpha);
        for (int depth = 4; depth <= 8; depth += 4) {
            uint8_t packed[16];
            synth_palette_map(palette, known[0], (uint32_t)colors, 3, depth, false, packed);
            for (int i = 0; i < colors; i++) {
                int index = depth == 8 ? packed[i] : packed[i / 2] >> (i % 2 ? 0 : 4) & 15;
                assert_memory_equal(palette->entry[index], known[i], 4);
            }
        }
    }
    free(palette);
}

static void a_palette_is_as_small_as_asked(void **state)
{
    struct synth_palette *palette = malloc(sizeof *palette);
    uint8_t(*sample)[4] = malloc(4 * SYNTH_PALETTE_SAMPLE), packed[SYNTH_PALETTE_SAMPLE];
    (void)state;
    assert_non_null(palette);
    assert_non_null(sample);
    for (int depth = 1; depth <= 8; depth *= 2) {
        for (uint32_t i = 0; i < SYNTH_PALETTE_SAMPLE; i++) {
            uint32_t h = synth_noise_hash(i, 0, 1);
            memcpy(sample[i], &h, 4);
        }
        synth_palette_make(palette, 1 << depth, sample, SYNTH_PALETTE_SAMPLE);
        assert_int_equal(palette->count, 1 << depth);
        assert_true(palette->alpha);
        synth_palette_map(palette, sample[0], SYNTH_PALETTE_SAMPLE, 0, depth, true, packed);
        bool used[256] = {false};
        int distinct = 0;
        for (uint32_t i = 0; i < SYNTH_PALETTE_SAMPLE; i++) {
            uint32_t bit = i * (uint32_t)depth;
            int index = packed[bit / 8] >> (8 - depth - (int)(bit % 8)) & ((1 << depth) - 1);
            assert_true(index < palette->count);
            distinct += !used[index];
            used[index] = true;
        }
        assert_true(distinct > (1 << depth) / 2);
    }
    free(sample);
    free(palette);
}

/* An encoder keeps nothing of the pictures before: not tables, not settings. */
static void a_maker_remembers_nothing(void **state)
{
    struct synth_options options = {.seed = 11, .min_side = 60, .max_side = 300};
    struct synth_maker *used = synth_picture_open();
    struct synth_file file, again;
    bool progressive = false, baseline_after = false;
    (void)state;
    assert_non_null(used);
    for (uint64_t i = 0; i < 60; i++) {
        struct synth_maker *fresh = synth_picture_open();
        assert_non_null(fresh);
        assert_null(synth_picture_make(used, &options, i, &file));
        assert_null(synth_picture_make(fresh, &options, i, &again));
        assert_int_equal(file.bytes, again.bytes);
        assert_memory_equal(file.data, again.data, file.bytes);
        baseline_after |= progressive && file.plan.kind == SYNTH_JPEG_420;
        progressive |= synth_plan_kinds[file.plan.kind].progressive;
        synth_picture_close(fresh);
    }
    assert_true(baseline_after);
    synth_picture_close(used);
}

static const uint8_t *any_row(void *user, uint32_t y)
{
    (void)y;
    return user;
}

static void a_picture_that_jpeg_cannot_hold_is_refused(void **state)
{
    struct synth_jpeg *jpeg = synth_jpeg_open();
    struct synth_jpeg_settings settings = {.width = 70000, .height = 1, .quality = 80};
    struct buffer file = {0};
    uint8_t *row = calloc(70000, 4);
    size_t bytes = 0;
    (void)state;
    assert_non_null(jpeg);
    assert_non_null(row);
    assert_non_null(synth_jpeg_encode(jpeg, &settings, any_row, row, &file, &bytes));
    settings.width = 65500;
    assert_null(synth_jpeg_encode(jpeg, &settings, any_row, row, &file, &bytes));
    assert_true(bytes > 600 && memcmp(file.data, "\xff\xd8\xff", 3) == 0);
    assert_memory_equal(file.data + bytes - 2, "\xff\xd9", 2);
    synth_jpeg_close(jpeg);
    buffer_free(&file);
    free(row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_hundred_holds_the_shares),
        cmocka_unit_test(sides_stay_within_their_bounds),
        cmocka_unit_test(noise_does_not_depend_on_the_order_of_rows),
        cmocka_unit_test(painting_does_not_depend_on_the_order_of_rows),
        cmocka_unit_test(a_few_colours_are_kept_exactly),
        cmocka_unit_test(a_palette_is_as_small_as_asked),
        cmocka_unit_test(a_maker_remembers_nothing),
        cmocka_unit_test(a_picture_that_jpeg_cannot_hold_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
