#include "pipeline/row_sums.h"

#include <math.h>

/* 48 is a multiple of 3 channels and of the vector width: each lane sees one channel only, and the
 * compiler can keep all lanes in registers. */
#define LANES 48

/* Blocks after which 32-bit sums of squares could overflow: 2^32 / 255^2. */
#define BLOCKS 65536

void row_sums_add(struct row_sums *sums, const struct row_format *format, const uint8_t *picture)
{
    size_t left = (size_t)format->width * format->height * format->channels;
    unsigned channels = format->channels;
    sums->samples += left / channels;
    while (left) {
        uint32_t sum[LANES] = {0}, square[LANES] = {0};
        size_t blocks = left / LANES < BLOCKS ? left / LANES : BLOCKS;
        for (size_t b = 0; b < blocks; b++, picture += LANES)
            for (unsigned i = 0; i < LANES; i++) {
                sum[i] += picture[i];
                square[i] += (uint32_t)(uint16_t)(picture[i] * picture[i]);
            }
        left -= blocks * LANES;
        size_t rest = left < LANES ? left : 0;
        for (unsigned i = 0; i < rest; i++) {
            sums->sum[i % channels] += picture[i];
            sums->square[i % channels] += (uint32_t)picture[i] * picture[i];
        }
        left -= rest;
        for (unsigned i = 0; i < LANES; i++) {
            sums->sum[i % channels] += sum[i];
            sums->square[i % channels] += square[i];
        }
    }
}

void row_sums_merge(struct row_sums *into, const struct row_sums *from)
{
    into->samples += from->samples;
    for (unsigned c = 0; c < 3; c++) {
        into->sum[c] += from->sum[c];
        into->square[c] += from->square[c];
    }
}

void row_sums_moments(const struct row_sums *sums, unsigned channel, double *mean, double *std)
{
    *mean = *std = 0;
    if (!sums->samples)
        return;
    double n = (double)sums->samples;
    double average = (double)sums->sum[channel] / n;
    double variance = (double)sums->square[channel] / n - average * average;
    *mean = average / 255;
    *std = variance > 0 ? sqrt(variance) / 255 : 0;
}
