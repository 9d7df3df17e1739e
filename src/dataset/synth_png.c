#include "dataset/synth_png.h"

#include <string.h>

#include <spng.h>

#define FIRST_BYTES 65536

/* zlib's level 3 is twice as fast as its default and 5 % larger: nobody waits for smaller files
 * here. */
#define LEVEL 3

struct target {
    struct buffer *file;
    size_t bytes;
};

static int append(spng_ctx *ctx, void *user, void *data, size_t length)
{
    struct target *target = user;
    (void)ctx;
    size_t need = target->bytes + length;
    if (need > target->file->capacity) {
        size_t twice = 2 * target->file->capacity;
        if (!buffer_grow(target->file, need > twice ? need : twice, target->bytes))
            return SPNG_EMEM;
    }
    memcpy(target->file->data + target->bytes, data, length);
    target->bytes = need;
    return 0;
}

size_t synth_png_row_bytes(const struct synth_png_settings *settings)
{
    if (settings->palette)
        return ((size_t)settings->width * settings->depth + 7) / 8;
    return (size_t)settings->width * settings->channels;
}

static int set_palette(spng_ctx *ctx, const struct synth_palette *palette)
{
    struct spng_plte plte = {.n_entries = (uint32_t)palette->count};
    struct spng_trns trns = {.n_type3_entries = (uint32_t)palette->count};
    for (int i = 0; i < palette->count; i++) {
        plte.entries[i].red = palette->entry[i][0];
        plte.entries[i].green = palette->entry[i][1];
        plte.entries[i].blue = palette->entry[i][2];
        trns.type3_alpha[i] = palette->entry[i][3];
    }
    int rc = spng_set_plte(ctx, &plte);
    return rc || !palette->alpha ? rc : spng_set_trns(ctx, &trns);
}

static int configure(spng_ctx *ctx, const struct synth_png_settings *settings,
                     struct target *target)
{
    static const uint8_t types[] = {[1] = SPNG_COLOR_TYPE_GRAYSCALE,
                                    [3] = SPNG_COLOR_TYPE_TRUECOLOR,
                                    [4] = SPNG_COLOR_TYPE_TRUECOLOR_ALPHA};
    struct spng_ihdr ihdr = {.width = settings->width, .height = settings->height};
    ihdr.bit_depth = settings->palette ? settings->depth : 8;
    ihdr.color_type = settings->palette ? SPNG_COLOR_TYPE_INDEXED : types[settings->channels];
    int rc = spng_set_png_stream(ctx, append, target);
    if (!rc)
        rc = spng_set_ihdr(ctx, &ihdr);
    if (!rc)
        rc = spng_set_option(ctx, SPNG_IMG_COMPRESSION_LEVEL, LEVEL);
    if (!rc && settings->palette)
        rc = set_palette(ctx, settings->palette);
    if (!rc)
        rc = spng_encode_image(ctx, NULL, 0, SPNG_FMT_PNG,
                               SPNG_ENCODE_PROGRESSIVE | SPNG_ENCODE_FINALIZE);
    return rc;
}

const char *synth_png_encode(const struct synth_png_settings *settings, synth_png_row_fn row,
                             void *user, struct buffer *file, size_t *bytes)
{
    if (!buffer_reserve(file, FIRST_BYTES))
        return "out of memory";
    struct target target = {.file = file};
    spng_ctx *ctx = spng_ctx_new(SPNG_CTX_ENCODER);
    if (!ctx)
        return "out of memory";
    int rc = configure(ctx, settings, &target);
    size_t row_bytes = synth_png_row_bytes(settings);
    for (uint32_t y = 0; y < settings->height && !rc; y++)
        rc = spng_encode_row(ctx, row(user, y), row_bytes);
    spng_ctx_free(ctx);
    *bytes = target.bytes;
    return rc == SPNG_EOI ? NULL : rc ? spng_strerror(rc) : "the picture was not finished";
}
