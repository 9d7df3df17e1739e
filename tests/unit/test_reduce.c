/*
 * How small a picture may be decoded, and where its box then lies: properties over random pictures,
 * and places worked out by hand.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "image/reduce.h"

#define TURNS 8

static uint32_t random_state = 1;

/* 1 … most, small ones as often as large ones. */
static uint32_t any_length(uint32_t most)
{
    random_state = random_state * 1664525 + 1013904223;
    double share = (random_state >> 8) / (double)(1 << 24);
    return (uint32_t)exp(share * log(most + 0.99));
}

struct sample {
    uint32_t width, height; /* upright */
    struct geometry_place place;
    unsigned margin;
};

static struct sample any_sample(void)
{
    struct sample s = {.width = any_length(20000), .height = any_length(20000)};
    s.place = geometry_place((enum geometry_fit)(any_length(99) % 3), s.width, s.height,
                             any_length(500), any_length(500));
    s.margin = 1 + any_length(7);
    return s;
}

/* Pixels of the reduced box for each pixel of the output, on the axis that has fewer. */
static double room(const struct geometry_place *place, unsigned eighths)
{
    double across = ((double)place->box[2] - place->box[0]) / place->width;
    double down = ((double)place->box[3] - place->box[1]) / place->height;
    return fmin(across, down) * eighths / 8;
}

static void the_margin_is_kept(void **state)
{
    (void)state;
    unsigned seen[9] = {0};
    for (int i = 0; i < 100000; i++) {
        struct sample s = any_sample();
        unsigned eighths = reduce_eighths(&s.place, TAPS_BICUBIC, s.margin);
        assert_true(eighths == 1 || eighths == 2 || eighths == 4 || eighths == 8);
        seen[eighths]++;
        /* Margins that are met to a rounding error may go either way. */
        if (eighths < 8)
            assert_true(room(&s.place, eighths) >= s.margin * (1 - 1e-12));
        if (eighths > 1) /* and no smaller one would do */
            assert_true(room(&s.place, eighths / 2) < s.margin * (1 + 1e-12));
    }
    for (unsigned eighths = 1; eighths <= 8; eighths *= 2)
        assert_true(seen[eighths] > 1000);
}

static void hard_edges_are_never_reduced(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        struct sample s = any_sample();
        assert_int_equal(reduce_eighths(&s.place, TAPS_NEAREST, s.margin), 8);
        assert_int_equal(reduce_eighths(&s.place, TAPS_BOX, s.margin), 8);
    }
}

/* Reduced or not, the box covers the same share of the same pixels; the resampler's demands on it
 * hold. */
static void boxes_keep_their_place(void **state)
{
    (void)state;
    for (int i = 0; i < 100000; i++) {
        struct sample s = any_sample();
        struct geometry_turn turn = geometry_turn((uint8_t)(1 + i % TURNS));
        unsigned eighths = 1u << i / TURNS % 4;
        struct geometry_place moved = s.place;
        reduce_place(&moved, turn, s.width, s.height, eighths);
        const uint32_t sides[2] = {s.width, s.height};
        const bool flips[2] = {turn.flip_x, turn.flip_y};
        for (int axis = 0; axis < 2; axis++) {
            uint32_t reduced = reduce_side(sides[axis], eighths);
            double from = s.place.box[axis], to = s.place.box[axis + 2];
            double new_from = moved.box[axis], new_to = moved.box[axis + 2];
            assert_true(new_from >= 0 && new_from < new_to && new_to <= reduced);
            /* Counted from the first stored pixel, whichever end of the upright axis that is. */
            double stored = flips[axis] ? sides[axis] - to : from;
            double new_stored = flips[axis] ? reduced - new_to : new_from;
            assert_true(fabs(new_stored - stored * eighths / 8) <= 1e-3);
            assert_true(fabs((new_to - new_from) - (to - from) * eighths / 8) <= 2e-3);
        }
        assert_int_equal(moved.width, s.place.width);
        assert_int_equal(moved.left, s.place.left);
    }
}

/* 13 pixels at 1/2 are 7, of which the last is half outside. */
static void worked_by_hand(void **state)
{
    (void)state;
    assert_int_equal(reduce_side(13, 4), 7);
    assert_int_equal(reduce_side(1, 1), 1);
    assert_int_equal(reduce_side(16, 1), 2);
    assert_int_equal(reduce_side(17, 1), 3);
    assert_int_equal(reduce_side(UINT32_MAX, 8), UINT32_MAX);
    struct geometry_place whole = {.box = {0, 0, 13, 16}, .width = 2, .height = 2}, moved = whole;
    reduce_place(&moved, geometry_turn(1), 13, 16, 4);
    assert_true(moved.box[0] == 0 && moved.box[2] == 6.5f && moved.box[3] == 8);
    moved = whole;
    reduce_place(&moved, geometry_turn(2), 13, 16, 4); /* mirrored: the half comes first */
    assert_true(moved.box[0] == 0.5f && moved.box[2] == 7 && moved.box[1] == 0);
    /* 13 / 2 pixels an output: 1/2 leaves 3.25, 1/4 less than 2. */
    assert_int_equal(reduce_eighths(&whole, TAPS_BICUBIC, 2), 4);
    assert_int_equal(reduce_eighths(&whole, TAPS_BICUBIC, 4), 8);
    whole.box[2] = 16;
    assert_int_equal(reduce_eighths(&whole, TAPS_BICUBIC, 2), 2);
    assert_int_equal(reduce_eighths(&whole, TAPS_BICUBIC, 1), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_margin_is_kept),
        cmocka_unit_test(hard_edges_are_never_reduced),
        cmocka_unit_test(boxes_keep_their_place),
        cmocka_unit_test(worked_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
