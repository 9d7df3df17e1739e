#include "pipeline/row_format.h"

#include <math.h>
#include <string.h>

void row_format_scale(struct row_format *format, const float mean[3], const float std[3])
{
    for (unsigned c = 0; c < 3; c++)
        for (unsigned u = 0; u < 256; u++) {
            float scaled = (float)u / 255.0f;
            float centred = scaled - mean[c];
            format->table[c][u] = centred / std[c];
        }
}

size_t row_format_bytes(const struct row_format *format)
{
    size_t samples = (size_t)format->width * format->height * format->channels;
    return samples * (format->f32 ? sizeof(float) : 1);
}

bool row_format_is_identity(const struct row_format *format)
{
    return !format->f32 && (!format->chw || format->channels == 1);
}

static void encode_f32(const struct row_format *format, const uint8_t *picture, float *row)
{
    size_t pixels = (size_t)format->width * format->height;
    unsigned channels = format->channels;
    for (unsigned c = 0; c < channels; c++) {
        const float *table = format->table[c];
        float *out = format->chw ? row + c * pixels : row + c;
        size_t step = format->chw ? 1 : channels;
        for (size_t i = 0; i < pixels; i++)
            out[i * step] = table[picture[i * channels + c]];
    }
}

static void encode_planes(const struct row_format *format, const uint8_t *picture, uint8_t *row)
{
    size_t pixels = (size_t)format->width * format->height;
    for (unsigned c = 0; c < format->channels; c++)
        for (size_t i = 0; i < pixels; i++)
            row[c * pixels + i] = picture[i * format->channels + c];
}

void row_format_encode(const struct row_format *format, const uint8_t *picture, void *row)
{
    if (format->f32)
        encode_f32(format, picture, row);
    else if (row_format_is_identity(format))
        memcpy(row, picture, row_format_bytes(format));
    else
        encode_planes(format, picture, row);
}

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
