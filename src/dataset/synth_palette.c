#include "dataset/synth_palette.h"

#include <stdlib.h>
#include <string.h>

/* Thresholds 0…63 of ordered dithering (Bayer 1973). */
static const uint8_t bayer[8][8] = {
    {0, 32, 8, 40, 2, 34, 10, 42},  {48, 16, 56, 24, 50, 18, 58, 26},
    {12, 44, 4, 36, 14, 46, 6, 38}, {60, 28, 52, 20, 62, 30, 54, 22},
    {3, 35, 11, 43, 1, 33, 9, 41},  {51, 19, 59, 27, 49, 17, 57, 25},
    {15, 47, 7, 39, 13, 45, 5, 37}, {63, 31, 55, 23, 61, 29, 53, 21},
};

struct box {
    int first, count;
    int channel, range; /* the widest channel and its width */
};

static int compare(const uint8_t *a, const uint8_t *b, int channel)
{
    int difference = (int)a[channel] - b[channel];
    return difference ? difference : memcmp(a, b, 4);
}

/* One comparison a channel, as qsort hands nothing on. All bytes count, so that the order does not
 * depend on the sort. */
static int by_red(const void *a, const void *b)
{
    return compare(a, b, 0);
}

static int by_green(const void *a, const void *b)
{
    return compare(a, b, 1);
}

static int by_blue(const void *a, const void *b)
{
    return compare(a, b, 2);
}

static int by_alpha(const void *a, const void *b)
{
    return compare(a, b, 3);
}

static struct box measure(uint8_t (*sample)[4], int first, int count)
{
    struct box box = {.first = first, .count = count};
    for (int c = 0; c < 4; c++) {
        int low = 255, high = 0;
        for (int i = first; i < first + count; i++) {
            low = sample[i][c] < low ? sample[i][c] : low;
            high = sample[i][c] > high ? sample[i][c] : high;
        }
        if (high - low > box.range) {
            box.range = high - low;
            box.channel = c;
        }
    }
    return box;
}

static void average(uint8_t (*sample)[4], const struct box *box, uint8_t *entry)
{
    for (int c = 0; c < 4; c++) {
        int sum = box->count / 2;
        for (int i = box->first; i < box->first + box->count; i++)
            sum += sample[i][c];
        entry[c] = (uint8_t)(sum / box->count);
    }
}

/* The box whose split promises most, or -1 when each holds one colour. */
static int widest(const struct box *boxes, int count)
{
    int best = -1;
    int64_t most = 0;
    for (int i = 0; i < count; i++) {
        int64_t gain = (int64_t)boxes[i].range * boxes[i].range * boxes[i].count;
        if (gain > most) {
            most = gain;
            best = i;
        }
    }
    return best;
}

/* How many of the sorted sample lie below the median value of a channel, or where none does, not
 * above it: a colour is never split, and no side is empty as long as the channel varies. */
static int split(uint8_t (*sample)[4], int count, int channel)
{
    int at = count / 2, value = sample[at][channel];
    while (at > 0 && sample[at - 1][channel] == value)
        at--;
    while (at == 0 || sample[at][channel] == sample[0][channel])
        at++;
    return at;
}

void synth_palette_make(struct synth_palette *palette, int most, uint8_t (*sample)[4], int count)
{
    static int (*const orders[4])(const void *, const void *) = {by_red, by_green, by_blue,
                                                                 by_alpha};
    struct box boxes[256] = {measure(sample, 0, count)};
    int used = 1;
    for (; used < most; used++) {
        int i = widest(boxes, used);
        if (i < 0)
            break;
        struct box old = boxes[i];
        qsort(sample + old.first, (size_t)old.count, sizeof *sample, orders[old.channel]);
        int half = split(sample + old.first, old.count, old.channel);
        boxes[i] = measure(sample, old.first, half);
        boxes[used] = measure(sample, old.first + half, old.count - half);
    }
    palette->count = used;
    palette->alpha = false;
    for (int i = 0; i < used; i++) {
        average(sample, &boxes[i], palette->entry[i]);
        palette->alpha |= palette->entry[i][3] < 255;
    }
    memset(palette->nearest, -1, sizeof palette->nearest);
}

static int search(const struct synth_palette *palette, const uint8_t *color)
{
    int best = 0, least = INT32_MAX;
    for (int i = 0; i < palette->count; i++) {
        const uint8_t *entry = palette->entry[i];
        int r = entry[0] - color[0], g = entry[1] - color[1], b = entry[2] - color[2];
        int a = entry[3] - color[3], distance = r * r + g * g + b * b + 4 * a * a;
        if (distance < least) {
            least = distance;
            best = i;
        }
    }
    return best;
}

static int find(struct synth_palette *palette, const uint8_t *rgba, int shift)
{
    uint8_t color[4];
    uint32_t cell = 0;
    for (int c = 0; c < 3; c++) {
        int value = rgba[c] + shift;
        color[c] = (uint8_t)((value < 0 ? 0 : value > 255 ? 255 : value) & ~7);
        cell = cell << 5 | color[c] >> 3;
        color[c] |= color[c] >> 5;
    }
    color[3] = (uint8_t)((rgba[3] + 42) / 85 * 85);
    cell = cell << 2 | color[3] / 85;
    if (palette->nearest[cell] < 0)
        palette->nearest[cell] = (int16_t)search(palette, color);
    return palette->nearest[cell];
}

void synth_palette_map(struct synth_palette *palette, const uint8_t *rgba, uint32_t width,
                       uint32_t y, int depth, bool dither, uint8_t *indices)
{
    memset(indices, 0, ((size_t)width * (unsigned)depth + 7) / 8);
    for (uint32_t x = 0; x < width; x++) {
        int shift = dither ? (bayer[y % 8][x % 8] - 32) / 3 : 0;
        uint32_t bit = x * (uint32_t)depth;
        int index = find(palette, rgba + 4 * x, shift);
        indices[bit / 8] |= (uint8_t)(index << (8 - depth - (int)(bit % 8)));
    }
}
