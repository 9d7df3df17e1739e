#include "image/taps.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const taps_filter_names[TAPS_FILTER_COUNT + 1] = {
    [TAPS_NEAREST] = "nearest", [TAPS_BOX] = "box",         [TAPS_BILINEAR] = "bilinear",
    [TAPS_HAMMING] = "hamming", [TAPS_BICUBIC] = "bicubic", [TAPS_LANCZOS] = "lanczos",
};

static double kernel_box(double x)
{
    return x > -0.5 && x <= 0.5 ? 1.0 : 0.0;
}

static double kernel_bilinear(double x)
{
    x = fabs(x);
    return x < 1.0 ? 1.0 - x : 0.0;
}

static double kernel_hamming(double x)
{
    x = fabs(x);
    if (x == 0.0)
        return 1.0;
    if (x >= 1.0)
        return 0.0;
    x *= M_PI;
    /* The window's constants are floats in the reference; as doubles some last bits differ. */
    return sin(x) / x * (0.54f + 0.46f * cos(x));
}

static double kernel_bicubic(double x)
{
    const double a = -0.5;
    x = fabs(x);
    if (x < 1.0)
        return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
    if (x < 2.0)
        return (((x - 5) * x + 8) * x - 4) * a;
    return 0.0;
}

static double sinc(double x)
{
    if (x == 0.0)
        return 1.0;
    x *= M_PI;
    return sin(x) / x;
}

static double kernel_lanczos(double x)
{
    return -3.0 <= x && x < 3.0 ? sinc(x) * sinc(x / 3) : 0.0;
}

static const struct kernel {
    double (*at)(double x);
    double support;
} kernels[TAPS_FILTER_COUNT] = {
    [TAPS_BOX] = {kernel_box, 0.5},         [TAPS_BILINEAR] = {kernel_bilinear, 1.0},
    [TAPS_HAMMING] = {kernel_hamming, 1.0}, [TAPS_BICUBIC] = {kernel_bicubic, 2.0},
    [TAPS_LANCZOS] = {kernel_lanczos, 3.0},
};

/* The source pixels of one output, before the weights are known. */
struct reach {
    uint32_t first, count;
    double center;
};

/* The interval's length is taken in float, as the reference does. */
static double axis_scale(const struct taps_key *key)
{
    return (double)(key->to - key->from) / key->out;
}

static bool is_unchanged(const struct taps_key *key)
{
    return key->in == key->out && key->from == 0 && key->to == (float)key->out;
}

static struct reach reach_of(const struct taps_key *key, double scale, double support, uint32_t i)
{
    double center = key->from + (i + 0.5) * scale;
    double low = trunc(center - support + 0.5);
    double high = trunc(center + support + 0.5);
    if (low < 0)
        low = 0;
    if (high > key->in)
        high = key->in;
    return (struct reach){
        .first = (uint32_t)low, .count = high > low ? (uint32_t)(high - low) : 0, .center = center};
}

/* Half away from zero to TAPS_BITS bits; the weights are not made to add up to one afterwards. */
static int32_t quantise(double weight)
{
    double scaled = weight * (1 << TAPS_BITS);
    return (int32_t)(weight < 0 ? scaled - 0.5 : scaled + 0.5);
}

static void store(struct taps *taps, uint32_t at, int32_t weight)
{
    for (int d = 0; d < 3; d++) {
        int8_t digit = (int8_t)(uint8_t)weight; /* balanced: what it takes away may be negative */
        taps->digit[d][at] = digit;
        weight = (weight - digit) / 256;
    }
}

/* The least shift with which the top of a weight as far from zero as this fits 16 bits. */
static unsigned least_shift(int32_t farthest)
{
    unsigned shift = 1;
    while (shift < 8 && (farthest + (1 << (shift - 1))) >> shift > INT16_MAX)
        shift++;
    return shift;
}

/* Makes top and rest of a group's digits, and adds the rests above and below zero to the sums of
 * their pair: see narrow in the header. */
static void divide_group(const struct taps *taps, uint32_t at, int32_t above[4], int32_t below[4])
{
    const int8_t *restrict d0 = taps->digit[0] + at, *restrict d1 = taps->digit[1] + at,
                           *restrict d2 = taps->digit[2] + at;
    int16_t *restrict top = taps->top + at;
    int8_t *restrict rest = taps->rest + at;
    const int32_t half = 1 << (taps->shift - 1);
    for (unsigned k = 0; k < TAPS_GROUP; k++) {
        int32_t weight = d0[k] + 256 * d1[k] + 65536 * d2[k];
        int32_t high = (weight + half) >> taps->shift;
        int32_t low = weight - high * (2 * half);
        top[k / 2 + k % 2 * (TAPS_GROUP / 2)] = (int16_t)high;
        rest[k] = (int8_t)low;
        above[k / 2] += low > 0 ? low : 0;
        below[k / 2] += low < 0 ? low : 0;
    }
}

/* Whether 16 bits hold these rests times white. */
static bool fits(int32_t above, int32_t below)
{
    return 255 * above <= INT16_MAX && 255 * below >= INT16_MIN;
}

/* The second form of all weights, from the first. */
static void divide(struct taps *taps, int32_t farthest)
{
    taps->shift = least_shift(farthest);
    taps->narrow = taps->narrow_shared = true;
    for (uint32_t j = 0; j < taps->key.out; j++) {
        int32_t above[4] = {0}, below[4] = {0};
        for (uint32_t k = 0; k < taps->count[j]; k += TAPS_GROUP)
            divide_group(taps, taps->offset[j] + k, above, below);
        for (int i = 0; i < 4; i++)
            taps->narrow &= fits(above[i], below[i]);
        for (int i = 0; i < 2; i++)
            taps->narrow_shared &= fits(above[i] + above[i + 2], below[i] + below[i + 2]);
    }
}

/* Fills entry j with the weights of output i; `weights` has room for reach->count doubles. Returns
 * how far from zero the farthest lies. */
static int32_t fill(struct taps *taps, uint32_t j, const struct reach *reach, double *weights,
                    double scale)
{
    const struct kernel *kernel = &kernels[taps->key.filter];
    double inverse = 1.0 / (scale < 1.0 ? 1.0 : scale);
    double sum = 0;
    int32_t farthest = 0;
    for (uint32_t k = 0; k < reach->count; k++) {
        weights[k] = kernel->at(((int64_t)k + reach->first - reach->center + 0.5) * inverse);
        sum += weights[k];
    }
    for (uint32_t k = 0; k < reach->count; k++) {
        double weight = sum != 0.0 ? weights[k] / sum : weights[k];
        uint32_t at = taps->key.mirror ? reach->count - 1 - k : k;
        int32_t units = quantise(weight);
        store(taps, taps->offset[j] + at, units);
        if (abs(units) > farthest)
            farthest = abs(units);
    }
    return farthest;
}

static uint32_t padded(uint32_t count)
{
    return (count + TAPS_GROUP - 1) / TAPS_GROUP * TAPS_GROUP;
}

/* One block: the struct, then the arrays. `total` is the number of padded weights. */
static struct taps *allocate(const struct taps_key *key, size_t total)
{
    size_t head = (sizeof(struct taps) + 63) & ~(size_t)63;
    size_t table = ((size_t)key->out * sizeof(uint32_t) + 63) & ~(size_t)63;
    size_t weights = (total * sizeof(int16_t) + 64 + 63) & ~(size_t)63;
    size_t digits = (total + 64 + 63) & ~(size_t)63;
    size_t bytes = head + 3 * table + weights + 4 * digits;
    char *block = aligned_alloc(64, bytes);
    if (!block)
        return NULL;
    memset(block, 0, bytes);
    struct taps *taps = (struct taps *)block;
    *taps = (struct taps){
        .key = *key,
        .first = (uint32_t *)(block + head),
        .count = (uint32_t *)(block + head + table),
        .offset = (uint32_t *)(block + head + 2 * table),
        .top = (int16_t *)(block + head + 3 * table),
        .rest = (int8_t *)(block + head + 3 * table + weights),
        .bytes = bytes,
    };
    for (int d = 0; d < 3; d++)
        taps->digit[d] = (int8_t *)(block + bytes - (3 - (size_t)d) * digits);
    return taps;
}

/* Enters where output i takes its pixels, at its place in ascending order. Returns that place. */
static uint32_t place(struct taps *taps, uint32_t i, uint32_t first, uint32_t count)
{
    const struct taps_key *key = &taps->key;
    uint32_t j = key->mirror ? key->out - 1 - i : i;
    taps->first[j] = key->mirror ? key->in - first - count : first;
    taps->count[j] = count;
    if (count > taps->longest)
        taps->longest = count;
    return j;
}

/* One tap of weight 1 an output: nearest, and an axis that does not change. */
static struct taps *make_single(const struct taps_key *key)
{
    struct taps *taps = allocate(key, (size_t)key->out * TAPS_GROUP);
    if (!taps)
        return NULL;
    bool unchanged = is_unchanged(key);
    double step = axis_scale(key);
    double x = key->from + step * 0.5;
    for (uint32_t i = 0; i < key->out; i++) {
        double index = unchanged ? i : trunc(x);
        bool inside = index >= 0 && index < key->in;
        uint32_t first = inside ? (uint32_t)index : key->mirror ? 0 : key->in;
        uint32_t j = place(taps, i, first, inside);
        taps->offset[j] = i * TAPS_GROUP;
        if (inside)
            store(taps, taps->offset[j], 1 << TAPS_BITS);
        x += step; /* accumulated, as the reference does: (i + 0.5) · step differs at some sizes */
    }
    divide(taps, 1 << TAPS_BITS);
    return taps;
}

struct taps *taps_make(const struct taps_key *key)
{
    if (key->filter == TAPS_NEAREST || is_unchanged(key))
        return make_single(key);
    double scale = axis_scale(key);
    double support = kernels[key->filter].support * (scale < 1.0 ? 1.0 : scale);
    size_t total = 0;
    uint32_t longest = 1;
    for (uint32_t i = 0; i < key->out; i++) {
        uint32_t count = reach_of(key, scale, support, i).count;
        total += padded(count);
        longest = count > longest ? count : longest;
    }
    double few[64];
    double *weights = longest <= 64 ? few : malloc(longest * sizeof *weights);
    struct taps *taps = weights && total <= UINT32_MAX ? allocate(key, total) : NULL;
    uint32_t offset = 0;
    int32_t farthest = 0;
    for (uint32_t i = 0; taps && i < key->out; i++) {
        struct reach reach = reach_of(key, scale, support, i);
        uint32_t j = place(taps, i, reach.first, reach.count);
        taps->offset[j] = offset;
        int32_t units = fill(taps, j, &reach, weights, scale);
        farthest = units > farthest ? units : farthest;
        offset += padded(reach.count);
    }
    if (taps)
        divide(taps, farthest);
    if (weights != few)
        free(weights);
    return taps;
}

void taps_free(struct taps *taps)
{
    free(taps);
}
