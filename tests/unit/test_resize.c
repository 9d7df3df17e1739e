/*
 * The resampler against a plain two-pass one that is written from the rules alone: whole pictures,
 * weights in double, sums in 64 bits, the picture turned before it is resized. Pillow itself is
 * asked in parity.resize; this needs nothing but the compiler.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "image/resize.h"
#include "image/resize_kernels.h"

#define ROW_SLACK 64
#define MAX_STRIP 64

static uint64_t random_state = 0x9e3779b97f4a7c15u;

/* xorshift64 (Marsaglia 2003). */
static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 20) % limit;
}

struct image {
    uint32_t width, height, channels;
    uint8_t *data; /* rows without a gap */
};

static struct image image_new(uint32_t width, uint32_t height, uint32_t channels)
{
    struct image image = {width, height, channels, calloc((size_t)width * height, channels)};
    assert_non_null(image.data);
    return image;
}

static uint8_t *pixel(const struct image *image, uint32_t x, uint32_t y)
{
    return image->data + ((size_t)y * image->width + x) * image->channels;
}

static struct image random_image(void)
{
    uint32_t most = random_below(8) ? 70 : 400;
    struct image image =
        image_new(1 + random_below(most), 1 + random_below(most), random_below(2) ? 3 : 1);
    bool extremes = random_below(3) == 0; /* filters over- and undershoot */
    for (size_t i = 0; i < (size_t)image.width * image.height * image.channels; i++)
        image.data[i] = (uint8_t)(extremes ? random_below(2) * 255 : random_below(256));
    return image;
}

/* The picture as EXIF orientation means it to be seen (Exif 2.32, 4.6.5.1.A Orientation). */
static struct image upright(const struct image *stored, unsigned orientation)
{
    uint32_t w = stored->width, h = stored->height;
    bool across = orientation >= 5;
    struct image turned = image_new(across ? h : w, across ? w : h, stored->channels);
    for (uint32_t y = 0; y < turned.height; y++)
        for (uint32_t x = 0; x < turned.width; x++) {
            const uint32_t from[9][2] = {
                [1] = {x, y},
                [2] = {w - 1 - x, y},
                [3] = {w - 1 - x, h - 1 - y},
                [4] = {x, h - 1 - y},
                [5] = {y, x},
                [6] = {y, h - 1 - x},
                [7] = {w - 1 - y, h - 1 - x},
                [8] = {w - 1 - y, x},
            };
            memcpy(pixel(&turned, x, y), pixel(stored, from[orientation][0], from[orientation][1]),
                   stored->channels);
        }
    return turned;
}

static double sinc(double x)
{
    return x == 0 ? 1 : sin(x * M_PI) / (x * M_PI);
}

static double kernel(enum taps_filter filter, double x)
{
    const double a = -0.5, r = fabs(x);
    switch (filter) {
    case TAPS_BOX:
        return x > -0.5 && x <= 0.5;
    case TAPS_BILINEAR:
        return r < 1 ? 1 - r : 0;
    case TAPS_HAMMING:
        if (r == 0 || r >= 1)
            return r == 0;
        return sin(r * M_PI) / (r * M_PI) * (0.54f + 0.46f * cos(r * M_PI));
    case TAPS_BICUBIC:
        if (r < 1)
            return ((a + 2) * r - (a + 3)) * r * r + 1;
        return r < 2 ? (((r - 5) * r + 8) * r - 4) * a : 0;
    default:
        return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
    }
}

static double support_of(enum taps_filter filter)
{
    const double support[] = {[TAPS_BOX] = 0.5,
                              [TAPS_BILINEAR] = 1,
                              [TAPS_HAMMING] = 1,
                              [TAPS_BICUBIC] = 2,
                              [TAPS_LANCZOS] = 3};
    return support[filter];
}

/* One output sample of one axis: `n` samples `step` bytes apart, output i of m, interval from b0.
 */
static uint8_t sample(enum taps_filter filter, const uint8_t *line, size_t step, uint32_t n,
                      uint32_t i, uint32_t m, float b0, float b1)
{
    double s = (double)(b1 - b0) / m, f = s < 1 ? 1 : s, reach = support_of(filter) * f;
    double center = b0 + (i + 0.5) * s, weight[2048], total = 0;
    int64_t low = (int64_t)(center - reach + 0.5), high = (int64_t)(center + reach + 0.5);
    low = low < 0 ? 0 : low;
    high = high > n ? n : high;
    assert_true(high - low <= 2048);
    for (int64_t x = low; x < high; x++)
        total += weight[x - low] = kernel(filter, ((double)x - center + 0.5) * (1 / f));
    int64_t sum = 1 << 21;
    for (int64_t x = low; x < high; x++) {
        double w = weight[x - low] / total * (1 << 22);
        sum += line[(size_t)x * step] * (int64_t)(w < 0 ? w - 0.5 : w + 0.5);
    }
    sum >>= 22;
    return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

/* Which source pixel an output pixel of "nearest" is, for all of an axis; -1 when none. */
static int64_t *nearest(uint32_t n, uint32_t m, float b0, float b1)
{
    int64_t *index = malloc(m * sizeof *index);
    double s = (double)(b1 - b0) / m, x = b0 + 0.5 * s;
    for (uint32_t i = 0; i < m; i++, x += s)
        index[i] = x >= 0 && x < n ? (int64_t)x : -1;
    return index;
}

static struct image resize_nearest(const struct image *in, const struct geometry_place *place)
{
    struct image out = image_new(place->width, place->height, in->channels);
    int64_t *columns = nearest(in->width, out.width, place->box[0], place->box[2]);
    int64_t *rows = nearest(in->height, out.height, place->box[1], place->box[3]);
    for (uint32_t y = 0; y < out.height; y++)
        for (uint32_t x = 0; x < out.width; x++)
            if (rows[y] >= 0 && columns[x] >= 0)
                memcpy(pixel(&out, x, y), pixel(in, (uint32_t)columns[x], (uint32_t)rows[y]),
                       in->channels);
    free(columns);
    free(rows);
    return out;
}

static bool is_whole(uint32_t n, uint32_t m, float b0, float b1)
{
    return n == m && b0 == 0 && b1 == (float)n;
}

static struct image reference(const struct image *in, enum taps_filter filter,
                              const struct geometry_place *place)
{
    if (filter == TAPS_NEAREST)
        return resize_nearest(in, place);
    const float *box = place->box;
    uint32_t c = in->channels;
    struct image middle = image_new(place->width, in->height, c);
    bool same_width = is_whole(in->width, place->width, box[0], box[2]);
    for (uint32_t y = 0; y < middle.height; y++)
        for (uint32_t i = 0; i < middle.width * c; i++)
            pixel(&middle, 0, y)[i] = same_width
                                          ? pixel(in, 0, y)[i]
                                          : sample(filter, pixel(in, 0, y) + i % c, c, in->width,
                                                   i / c, place->width, box[0], box[2]);
    struct image out = image_new(place->width, place->height, c);
    bool same_height = is_whole(in->height, place->height, box[1], box[3]);
    for (uint32_t y = 0; y < out.height; y++)
        for (uint32_t i = 0; i < out.width * c; i++)
            pixel(&out, 0, y)[i] = same_height
                                       ? pixel(&middle, 0, y)[i]
                                       : sample(filter, middle.data + i, (size_t)out.width * c,
                                                in->height, y, place->height, box[1], box[3]);
    free(middle.data);
    return out;
}

struct scene {
    struct image stored;
    unsigned orientation;
    struct resize_job job;
};

static struct scene random_scene(void)
{
    struct scene scene = {.stored = random_image(), .orientation = 1 + random_below(8)};
    const struct image *stored = &scene.stored;
    uint32_t out_width = 1 + random_below(90), out_height = 1 + random_below(90);
    if (random_below(6) == 0)
        out_width = stored->width; /* an axis that does not change */
    if (random_below(6) == 0)
        out_height = stored->height;
    bool across = scene.orientation >= 5;
    scene.job = (struct resize_job){
        .width = stored->width,
        .height = stored->height,
        .channels = (uint8_t)stored->channels,
        .filter = (enum taps_filter)random_below(TAPS_FILTER_COUNT),
        .turn = geometry_turn((uint8_t)scene.orientation),
        .place = geometry_place((enum geometry_fit)random_below(3),
                                across ? stored->height : stored->width,
                                across ? stored->width : stored->height, out_width, out_height),
    };
    return scene;
}

/* Resamples in strips of `strip` rows, each row in a block of its own with the slack that is
 * promised. The output stands in a larger picture that must stay as it was around it. */
static struct image resampled(struct resize *resize, const struct scene *scene, unsigned strip)
{
    const struct image *stored = &scene->stored;
    struct resize_job job = scene->job;
    uint32_t width = job.place.width, height = job.place.height, c = stored->channels;
    enum { BESIDE = 5 };
    size_t stride = (size_t)(width + 2 * BESIDE) * c, row_bytes = (size_t)stored->width * c;
    uint8_t *canvas = malloc(stride * (height + 2));
    memset(canvas, 0xa5, stride * (height + 2));
    job.out = canvas + stride + BESIDE * c;
    job.out_stride = stride;
    assert_true(resize_begin(resize, &job));
    for (uint32_t y = 0; y < stored->height; y += strip) {
        const uint8_t *rows[MAX_STRIP];
        unsigned count = stored->height - y < strip ? stored->height - y : strip;
        for (unsigned r = 0; r < count; r++) {
            uint8_t *row = malloc(row_bytes + ROW_SLACK);
            memset(row + row_bytes, 0xee, ROW_SLACK);
            rows[r] = memcpy(row, pixel(stored, 0, y + r), row_bytes);
        }
        resize_rows(resize, rows, count);
        for (unsigned r = 0; r < count; r++)
            free((void *)(uintptr_t)rows[r]);
    }
    struct image out = image_new(width, height, c);
    for (uint32_t y = 0; y < height; y++)
        memcpy(pixel(&out, 0, y), job.out + y * stride, (size_t)width * c);
    for (uint32_t y = 0; y < height; y++)
        memset(job.out + y * stride, 0xa5, (size_t)width * c);
    for (size_t i = 0; i < stride * (height + 2); i++)
        assert_int_equal(canvas[i], 0xa5);
    free(canvas);
    return out;
}

static void assert_same(const struct image *a, const struct image *b)
{
    assert_int_equal(a->width, b->width);
    assert_int_equal(a->height, b->height);
    assert_memory_equal(a->data, b->data, (size_t)a->width * a->height * a->channels);
}

/* One resampler for all: what a picture leaves behind must not show in the next. */
static void equals_the_rules(const char *kernels, unsigned scenes)
{
    if (!resize_kernels_use(kernels))
        return;
    struct resize *resize = resize_new();
    for (unsigned i = 0; i < scenes; i++) {
        struct scene scene = random_scene();
        struct image turned = upright(&scene.stored, scene.orientation);
        struct image expected = reference(&turned, scene.job.filter, &scene.job.place);
        struct image got = resampled(resize, &scene, 1 + random_below(MAX_STRIP));
        assert_same(&got, &expected);
        free(turned.data);
        free(expected.data);
        free(got.data);
        free(scene.stored.data);
    }
    resize_free(resize);
}

static void scalar_equals_the_rules(void **state)
{
    (void)state;
    equals_the_rules("scalar", 300);
}

static void fastest_equals_the_rules(void **state)
{
    (void)state;
    equals_the_rules("avx2", 300);
    equals_the_rules("vnni", 300);
}

static void strips_do_not_matter(void **state)
{
    (void)state;
    struct resize *reused = resize_new();
    for (int i = 0; i < 150; i++) {
        struct scene scene = random_scene();
        struct image first = resampled(reused, &scene, 1);
        const unsigned strips[] = {2, 3, 4, 7, 8, 64};
        for (int k = 0; k < 6; k++) {
            struct image got = resampled(reused, &scene, strips[k]);
            assert_same(&got, &first);
            free(got.data);
        }
        struct resize *fresh = resize_new();
        struct image got = resampled(fresh, &scene, 8);
        assert_same(&got, &first);
        resize_free(fresh);
        free(got.data);
        free(first.data);
        free(scene.stored.data);
    }
    resize_free(reused);
}

/* A picture that is given up halfway leaves nothing to the next one. */
static void abandoned_pictures_leave_nothing(void **state)
{
    (void)state;
    struct resize *resize = resize_new();
    for (int i = 0; i < 100; i++) {
        struct scene half = random_scene(), scene = random_scene();
        size_t row_bytes = (size_t)half.stored.width * half.stored.channels;
        uint8_t *row = calloc(1, row_bytes + ROW_SLACK);
        memset(row, 0xff, row_bytes);
        half.job.out_stride = (size_t)half.job.place.width * half.stored.channels;
        half.job.out = malloc(half.job.out_stride * half.job.place.height);
        assert_true(resize_begin(resize, &half.job));
        for (uint32_t y = 0; y < half.stored.height / 2; y++)
            resize_rows(resize, (const uint8_t *const[]){row}, 1);
        struct resize *fresh = resize_new();
        struct image got = resampled(resize, &scene, 8), expected = resampled(fresh, &scene, 8);
        assert_same(&got, &expected);
        resize_free(fresh);
        free(got.data);
        free(expected.data);
        free(row);
        free(half.job.out);
        free(half.stored.data);
        free(scene.stored.data);
    }
    resize_free(resize);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalar_equals_the_rules),
        cmocka_unit_test(fastest_equals_the_rules),
        cmocka_unit_test(strips_do_not_matter),
        cmocka_unit_test(abandoned_pictures_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
