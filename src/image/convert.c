#include "image/convert.h"

#include <string.h>

/*
 * Row functions come in families, one inline body each, whose constants (bytes a sample, samples a
 * pixel, channels out) the compiler folds:
 *   table  one sample a pixel, at most 8 bits: palettes, low depths, gray with a transparent value;
 *          blending and luma are done to the 256 entries beforehand;
 *   pick   gray samples of 8 or 16 bits, one channel out;
 *   drop   RGB, with alpha skipped;
 *   over   anything with alpha or a transparent colour, laid over the background;
 *   ink    CMYK.
 * 16-bit samples are taken by their high byte, which is the first.
 */
#define INLINE static inline __attribute__((always_inline))

/* ITU-R 601 luma in 16.16, rounded. The weights add up to 2^16, so that gray stays as it is.
 * Source: Pillow 9.4, src/libImaging/Convert.c. */
INLINE uint8_t luma_of(uint32_t r, uint32_t g, uint32_t b)
{
    return (uint8_t)((r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16);
}

uint8_t convert_luma(const uint8_t rgb[3])
{
    return luma_of(rgb[0], rgb[1], rgb[2]);
}

/* x / 255, rounded, for x up to 255². */
INLINE uint32_t divide_255(uint32_t x)
{
    uint32_t t = x + 128;
    return ((t >> 8) + t) >> 8;
}

INLINE uint8_t mix(uint32_t below, uint32_t above, uint32_t alpha)
{
    return (uint8_t)divide_255(below * (255 - alpha) + above * alpha);
}

INLINE uint32_t sample16(const uint8_t *source)
{
    return (uint32_t)source[0] << 8 | source[1];
}

INLINE void store(uint8_t *target, uint32_t x, unsigned channels, uint8_t r, uint8_t g, uint8_t b)
{
    if (channels == 1) {
        target[x] = luma_of(r, g, b);
    } else {
        target[3 * (size_t)x] = r;
        target[3 * (size_t)x + 1] = g;
        target[3 * (size_t)x + 2] = b;
    }
}

static void copy_1(const struct convert *convert, const uint8_t *source, uint8_t *target,
                   uint32_t width)
{
    (void)convert;
    memcpy(target, source, width);
}

static void copy_3(const struct convert *convert, const uint8_t *source, uint8_t *target,
                   uint32_t width)
{
    (void)convert;
    memcpy(target, source, 3 * (size_t)width);
}

/* table */

static void table8_1(const struct convert *convert, const uint8_t *source, uint8_t *target,
                     uint32_t width)
{
    for (uint32_t x = 0; x < width; x++)
        target[x] = convert->table[source[x]][0];
}

/* Four bytes at once, of which the next pixel overwrites the last: half the stores. */
static void table8_3(const struct convert *convert, const uint8_t *source, uint8_t *target,
                     uint32_t width)
{
    for (uint32_t x = 0; x + 1 < width; x++)
        memcpy(target + 3 * (size_t)x, convert->table[source[x]], 4);
    if (width)
        memcpy(target + 3 * (size_t)(width - 1), convert->table[source[width - 1]], 3);
}

/* `shift` is the bits a sample: 1, 2 or 4. */
INLINE void table_low(const struct convert *convert, const uint8_t *source, uint8_t *target,
                      uint32_t width, unsigned channels)
{
    unsigned bits = convert->shift, mask = (1u << bits) - 1;
    unsigned left = 0, byte = 0;
    for (uint32_t x = 0; x < width; x++) {
        if (left == 0) {
            byte = *source++;
            left = 8;
        }
        left -= bits;
        const uint8_t *entry = convert->table[byte >> left & mask];
        if (channels == 1)
            target[x] = entry[0];
        else
            memcpy(target + 3 * (size_t)x, entry, 3);
    }
}

static void table_low_1(const struct convert *convert, const uint8_t *source, uint8_t *target,
                        uint32_t width)
{
    table_low(convert, source, target, width, 1);
}

static void table_low_3(const struct convert *convert, const uint8_t *source, uint8_t *target,
                        uint32_t width)
{
    table_low(convert, source, target, width, 3);
}

/* pick */

INLINE void pick(const uint8_t *source, uint8_t *target, uint32_t width, unsigned step)
{
    for (uint32_t x = 0; x < width; x++)
        target[x] = source[step * (size_t)x];
}

static void pick_2(const struct convert *convert, const uint8_t *source, uint8_t *target,
                   uint32_t width)
{
    (void)convert;
    pick(source, target, width, 2);
}

static void pick_4(const struct convert *convert, const uint8_t *source, uint8_t *target,
                   uint32_t width)
{
    (void)convert;
    pick(source, target, width, 4);
}

/* What is above 255 of 65535 becomes white, as Pillow has it: any bit in the high byte. */
static void pick_clamped(const struct convert *convert, const uint8_t *source, uint8_t *target,
                         uint32_t width)
{
    (void)convert;
    for (uint32_t x = 0; x < width; x++)
        target[x] = source[2 * (size_t)x] ? 255 : source[2 * (size_t)x + 1];
}

/* drop */

INLINE void drop_to_luma(const uint8_t *source, uint8_t *target, uint32_t width, unsigned bytes,
                         unsigned step)
{
    for (uint32_t x = 0; x < width; x++) {
        const uint8_t *s = source + step * (size_t)x;
        target[x] = luma_of(s[0], s[bytes], s[2 * bytes]);
    }
}

INLINE void drop_to_rgb(const uint8_t *source, uint8_t *target, uint32_t width, unsigned bytes,
                        unsigned step)
{
    for (uint32_t x = 0; x < width; x++) {
        const uint8_t *s = source + step * (size_t)x;
        store(target, x, 3, s[0], s[bytes], s[2 * bytes]);
    }
}

/* As table8_3 stores: alpha lands where the next pixel's red goes. */
static void rgba8_to_rgb(const struct convert *convert, const uint8_t *source, uint8_t *target,
                         uint32_t width)
{
    (void)convert;
    for (uint32_t x = 0; x + 1 < width; x++)
        memcpy(target + 3 * (size_t)x, source + 4 * (size_t)x, 4);
    if (width)
        memcpy(target + 3 * (size_t)(width - 1), source + 4 * (size_t)(width - 1), 3);
}

#define DROP(name, function, bytes, step)                                                          \
    static void name(const struct convert *convert, const uint8_t *source, uint8_t *target,        \
                     uint32_t width)                                                               \
    {                                                                                              \
        (void)convert;                                                                             \
        function(source, target, width, bytes, step);                                              \
    }
DROP(rgb8_to_luma, drop_to_luma, 1, 3)
DROP(rgba8_to_luma, drop_to_luma, 1, 4)
DROP(rgb16_to_rgb, drop_to_rgb, 2, 6)
DROP(rgb16_to_luma, drop_to_luma, 2, 6)
DROP(rgba16_to_rgb, drop_to_rgb, 2, 8)
DROP(rgba16_to_luma, drop_to_luma, 2, 8)

/* over */

/* `colors` is 1 (gray) or 3; alpha follows them. */
INLINE void over(const struct convert *convert, const uint8_t *source, uint8_t *target,
                 uint32_t width, unsigned bytes, unsigned colors, unsigned channels)
{
    const uint8_t r = convert->background[0], g = convert->background[1],
                  b = convert->background[2];
    for (uint32_t x = 0; x < width; x++) {
        const uint8_t *s = source + (colors + 1) * bytes * (size_t)x;
        uint32_t alpha = s[colors * bytes], last = colors - 1;
        store(target, x, channels, mix(r, s[0], alpha), mix(g, s[bytes * (last > 0)], alpha),
              mix(b, s[bytes * last], alpha));
    }
}

/* Pixels of the transparent colour become background. */
INLINE void over_key(const struct convert *convert, const uint8_t *source, uint8_t *target,
                     uint32_t width, unsigned bytes, unsigned channels)
{
    const uint8_t *ground = convert->background;
    for (uint32_t x = 0; x < width; x++) {
        const uint8_t *s = source + 3 * bytes * (size_t)x;
        bool clear = true;
        for (unsigned i = 0; i < 3; i++)
            clear &= convert->key[i] == (bytes == 1 ? s[i] : sample16(s + 2 * i));
        if (clear)
            store(target, x, channels, ground[0], ground[1], ground[2]);
        else
            store(target, x, channels, s[0], s[bytes], s[2 * bytes]);
    }
}

INLINE void over_key_gray16(const struct convert *convert, const uint8_t *source, uint8_t *target,
                            uint32_t width, unsigned channels)
{
    const uint8_t *ground = convert->background;
    for (uint32_t x = 0; x < width; x++) {
        uint32_t sample = sample16(source + 2 * (size_t)x);
        uint8_t gray = (uint8_t)(convert->gray16_high ? sample >> 8 : sample > 255 ? 255 : sample);
        if (sample == convert->key[0])
            store(target, x, channels, ground[0], ground[1], ground[2]);
        else
            store(target, x, channels, gray, gray, gray);
    }
}

#define OVER(name, function, ...)                                                                  \
    static void name(const struct convert *convert, const uint8_t *source, uint8_t *target,        \
                     uint32_t width)                                                               \
    {                                                                                              \
        function(convert, source, target, width, __VA_ARGS__);                                     \
    }
OVER(graya8_over_1, over, 1, 1, 1)
OVER(graya8_over_3, over, 1, 1, 3)
OVER(graya16_over_1, over, 2, 1, 1)
OVER(graya16_over_3, over, 2, 1, 3)
OVER(rgba8_over_1, over, 1, 3, 1)
OVER(rgba8_over_3, over, 1, 3, 3)
OVER(rgba16_over_1, over, 2, 3, 1)
OVER(rgba16_over_3, over, 2, 3, 3)
OVER(rgb8_key_1, over_key, 1, 1)
OVER(rgb8_key_3, over_key, 1, 3)
OVER(rgb16_key_1, over_key, 2, 1)
OVER(rgb16_key_3, over_key, 2, 3)
OVER(gray16_key_1, over_key_gray16, 1)
OVER(gray16_key_3, over_key_gray16, 3)

/* ink */

/* In Pillow's terms the pixel is C = 255 - c, K = 255 - k, and R = k - C·k/255. */
INLINE void ink(const struct convert *convert, const uint8_t *source, uint8_t *target,
                uint32_t width, unsigned channels)
{
    (void)convert;
    for (uint32_t x = 0; x < width; x++) {
        const uint8_t *s = source + 4 * (size_t)x;
        uint32_t k = s[3];
        store(target, x, channels, (uint8_t)(k - divide_255((255u - s[0]) * k)),
              (uint8_t)(k - divide_255((255u - s[1]) * k)),
              (uint8_t)(k - divide_255((255u - s[2]) * k)));
    }
}
OVER(cmyk8_to_luma, ink, 1)
OVER(cmyk8_to_rgb, ink, 3)

/* Row functions by format; [0] makes one channel, [1] three. NULL: not of this family. */
struct choice {
    convert_fn plain[2];
    convert_fn blended[2]; /* by alpha, or by the transparent colour */
};

static const struct choice choices[PIXEL_FORMAT_COUNT] = {
    [PIXEL_GRAY8] = {{copy_1, NULL}, {table8_1, table8_3}},
    [PIXEL_GRAY16] = {{pick_clamped, NULL}, {gray16_key_1, gray16_key_3}},
    [PIXEL_GRAYA8] = {{pick_2, NULL}, {graya8_over_1, graya8_over_3}},
    [PIXEL_GRAYA16] = {{pick_4, NULL}, {graya16_over_1, graya16_over_3}},
    [PIXEL_RGB8] = {{rgb8_to_luma, copy_3}, {rgb8_key_1, rgb8_key_3}},
    [PIXEL_RGB16] = {{rgb16_to_luma, rgb16_to_rgb}, {rgb16_key_1, rgb16_key_3}},
    [PIXEL_RGBA8] = {{rgba8_to_luma, rgba8_to_rgb}, {rgba8_over_1, rgba8_over_3}},
    [PIXEL_RGBA16] = {{rgba16_to_luma, rgba16_to_rgb}, {rgba16_over_1, rgba16_over_3}},
    [PIXEL_CMYK8_INVERTED] = {{cmyk8_to_luma, cmyk8_to_rgb}, {cmyk8_to_luma, cmyk8_to_rgb}},
};

/* Fills the table with what each sample comes out as, and says whether all of it is gray. */
static bool fill_table(struct convert *convert, const struct picture *picture,
                       const struct pixel_layout *layout, const struct convert_options *options)
{
    unsigned count = 1u << layout->depth;
    bool gray = true;
    for (unsigned i = 0; i < count; i++) {
        uint8_t *entry = convert->table[i];
        if (layout->palette)
            memcpy(entry, picture->palette[i], 4);
        else
            memset(entry, (int)(i * (255 / (count - 1))), 3);
        if (!layout->palette)
            entry[3] = convert->has_key && i == convert->key[0] ? 0 : 255;
        if (options->blend)
            for (int c = 0; c < 3; c++)
                entry[c] = mix(options->background[c], entry[c], entry[3]);
        if (options->luma)
            memset(entry, luma_of(entry[0], entry[1], entry[2]), 3);
        gray &= entry[0] == entry[1] && entry[1] == entry[2];
    }
    return gray;
}

/* A transparent colour is compared in the file's own depth, of which a key may have unused bits. */
static void take_key(struct convert *convert, const struct picture *picture, unsigned depth)
{
    convert->has_key = picture->has_key;
    for (int i = 0; i < 3; i++)
        convert->key[i] = (uint16_t)(picture->key[i] & ((1u << depth) - 1));
}

void convert_prepare(struct convert *convert, const struct picture *picture,
                     const struct convert_options *options)
{
    const struct pixel_layout *layout = pixel_layout(picture->format);
    const uint8_t *ground = options->background;
    bool blended = options->blend && (layout->alpha || picture->has_key || layout->palette);
    memset(convert, 0, offsetof(struct convert, table));
    convert->luma = options->luma;
    convert->gray16_high = options->gray16_high;
    convert->shift = layout->depth;
    memcpy(convert->background, ground, 3);
    take_key(convert, picture, layout->depth);

    bool low = layout->channels == 1 && layout->depth < 8;
    bool table = low || layout->palette || (picture->format == PIXEL_GRAY8 && blended);
    bool gray =
        table ? fill_table(convert, picture, layout, options)
              : layout->gray && (!blended || (ground[0] == ground[1] && ground[1] == ground[2]));
    bool color = !gray && !options->luma;
    convert->channels = color ? 3 : 1;

    const struct choice *choice = &choices[picture->format];
    if (low)
        convert->row = color ? table_low_3 : table_low_1;
    else if (table)
        convert->row = color ? table8_3 : table8_1;
    else
        convert->row = blended ? choice->blended[color] : choice->plain[color];
    if (convert->row == pick_clamped && options->gray16_high)
        convert->row = pick_2;
    convert->identity = convert->row == copy_1 || convert->row == copy_3;
}
