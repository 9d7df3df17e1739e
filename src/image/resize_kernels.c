/*
 * The scalar reference, and the choice among the variants.
 */
#include "image/resize_kernels.h"

#include <string.h>

#include "image/resize_kernels_avx2.h"
#include "image/resize_kernels_avxvnni.h"
#include "image/resize_kernels_neon.h"
#include "image/resize_kernels_sse4.h"
#include "image/resize_kernels_vnni.h"

#define HALF (1 << (TAPS_BITS - 1))

static uint8_t round_sum(uint32_t sum)
{
    int32_t value = (int32_t)(sum + HALF) >> TAPS_BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* Sums are kept unsigned: they wrap as the vector registers do, and that is no error. */
static void horizontal(const struct taps *taps, const uint8_t *source, uint8_t *target,
                       unsigned channels)
{
    for (uint32_t j = 0; j < taps->key.out; j++) {
        const uint8_t *pixel = source + (size_t)taps->first[j] * channels;
        uint32_t sum[3] = {0};
        for (uint32_t k = 0; k < taps->count[j]; k++) {
            uint32_t weight = (uint32_t)taps_weight(taps, j, k);
            for (unsigned c = 0; c < channels; c++)
                sum[c] += weight * pixel[k * channels + c];
        }
        for (unsigned c = 0; c < channels; c++)
            target[j * channels + c] = round_sum(sum[c]);
    }
}

static void horizontal3(const struct taps *taps, const uint8_t *const source[],
                        uint8_t *const target[], unsigned rows)
{
    for (unsigned r = 0; r < rows; r++)
        horizontal(taps, source[r], target[r], 3);
}

static void horizontal1(const struct taps *taps, const uint8_t *const source[],
                        uint8_t *const target[], unsigned rows)
{
    for (unsigned r = 0; r < rows; r++)
        horizontal(taps, source[r], target[r], 1);
}

void resize_kernels_add_from(size_t begin, int32_t *sum, const uint8_t *const row[],
                             const int32_t weight[], unsigned rows, size_t count)
{
    for (unsigned r = 0; r < rows; r++)
        for (size_t i = begin; i < count; i++)
            sum[i] = (int32_t)((uint32_t)sum[i] + (uint32_t)weight[r] * row[r][i]);
}

static void add(int32_t *sum, const uint8_t *const row[], const int32_t weight[], unsigned rows,
                size_t count)
{
    resize_kernels_add_from(0, sum, row, weight, rows, count);
}

void resize_kernels_finish(int32_t *sum, uint8_t *row, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        row[i] = round_sum((uint32_t)sum[i]);
        sum[i] = 0;
    }
}

static bool usable(void)
{
    return true;
}

static const struct resize_kernels scalar = {
    .name = "scalar",
    .usable = usable,
    .horizontal3 = horizontal3,
    .horizontal1 = horizontal1,
    .add = add,
    .finish = resize_kernels_finish,
};

const struct resize_kernels *const resize_kernels_table[RESIZE_KERNELS_COUNT] = {
    &scalar,
    &resize_kernels_neon,
    &resize_kernels_sse4,
    &resize_kernels_avx2,
    &resize_kernels_avxvnni,
    &resize_kernels_vnni,
};

static const struct resize_kernels
    *chosen; /* set before any thread starts, by resize_kernels_use */

const struct resize_kernels *resize_kernels_current(void)
{
    if (chosen)
        return chosen;
    const struct resize_kernels *best = &scalar;
    for (int i = 0; i < RESIZE_KERNELS_COUNT; i++)
        if (resize_kernels_table[i]->usable())
            best = resize_kernels_table[i];
    return best;
}

bool resize_kernels_use(const char *name)
{
    for (int i = 0; i < RESIZE_KERNELS_COUNT; i++)
        if (strcmp(resize_kernels_table[i]->name, name) == 0 && resize_kernels_table[i]->usable()) {
            chosen = resize_kernels_table[i];
            return true;
        }
    return false;
}
