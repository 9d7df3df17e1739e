#include "pipeline/row_format.h"

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
