#include "pipeline/transform.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "image/reduce.h"
#include "image/resize.h"

#define STRIP_ROWS                                                                                 \
    8 /* enough to amortise the calls, few enough to stay in the second-level cache */

struct transform {
    const struct transform_options *options;
    struct stages_clock *clock; /* or NULL */
    void *decoder[CODEC_COUNT]; /* made when the first picture of its format comes */
    struct resize *resize;
    struct convert convert;
    struct buffer raw;       /* a strip as the decoder hands it out */
    struct buffer converted; /* a strip as the resampler takes it */
    struct buffer gray;      /* a resampled picture of one channel, before it is replicated */
    uint8_t *raw_row[STRIP_ROWS], *converted_row[STRIP_ROWS];

    /* The picture in hand, between transform_open and transform_finish. */
    const struct codec *codec; /* NULL: none */
    struct picture picture;
};

struct transform *transform_new(const struct transform_options *options)
{
    struct transform *transform = calloc(1, sizeof *transform);
    if (!transform)
        return NULL;
    transform->options = options;
    transform->resize = resize_new();
    if (!transform->resize) {
        free(transform);
        return NULL;
    }
    return transform;
}

void transform_free(struct transform *transform)
{
    if (!transform)
        return;
    transform_let_go(transform);
    resize_free(transform->resize);
    free(transform);
}

void transform_let_go(struct transform *transform)
{
    for (int i = 0; i < CODEC_COUNT; i++) {
        if (transform->decoder[i])
            codec_table[i]->destroy(transform->decoder[i]);
        transform->decoder[i] = NULL;
    }
    transform->codec = NULL;
    transform_trim(transform);
}

void transform_trim(struct transform *transform)
{
    buffer_free(&transform->raw);
    buffer_free(&transform->converted);
    buffer_free(&transform->gray);
    resize_trim(transform->resize);
}

void transform_set_clock(struct transform *transform, struct stages_clock *clock)
{
    transform->clock = clock;
}

unsigned transform_channels(const struct transform_options *options)
{
    return options->convert.luma ? 1 : 3;
}

/* The place of the codec's decoder, which may not have been made yet. */
static void **decoder_at(struct transform *transform, const struct codec *codec)
{
    int i = 0;
    while (codec_table[i] != codec)
        i++;
    return &transform->decoder[i];
}

static void *decoder_of(struct transform *transform, const struct codec *codec)
{
    void **decoder = decoder_at(transform, codec);
    if (!*decoder)
        *decoder = codec->create();
    return *decoder;
}

static enum status no_memory(struct reason *why)
{
    *why = reason_own(REASON_NO_MEMORY, 0, 0);
    return STATUS_MEMORY;
}

/* Rows of a strip in a buffer, each with the slack that vector loads and stores may touch. */
static bool lay_rows(struct buffer *buffer, size_t row_bytes, uint8_t *row[])
{
    size_t stride = buffer_align(row_bytes + CODEC_ROW_SLACK);
    if (!buffer_reserve(buffer, STRIP_ROWS * stride))
        return false;
    for (unsigned r = 0; r < STRIP_ROWS; r++)
        row[r] = buffer->data + r * stride;
    return true;
}

/* Fills the whole output with the padding colour. */
static void fill_padding(const struct transform_options *options, uint8_t *out)
{
    size_t pixels = (size_t)options->width * options->height;
    if (options->convert.luma) {
        memset(out, convert_luma(options->pad_color), pixels);
        return;
    }
    for (size_t i = 0; i < pixels; i++)
        memcpy(out + 3 * i, options->pad_color, 3);
}

/* Replicates a resampled gray picture into its place in an RGB output. */
static void replicate(const struct transform *transform, const struct geometry_place *place,
                      uint8_t *out)
{
    const uint8_t *gray = transform->gray.data;
    for (uint32_t y = 0; y < place->height; y++) {
        uint8_t *row =
            out + ((size_t)(place->top + y) * transform->options->width + place->left) * 3;
        for (uint32_t x = 0; x < place->width; x++, gray++)
            row[3 * x] = row[3 * x + 1] = row[3 * x + 2] = *gray;
    }
}

static bool needs_replication(const struct transform *transform)
{
    return transform->convert.channels != transform_channels(transform->options);
}

static struct geometry_place place_picture(const struct transform_options *options,
                                           const struct picture *picture, struct geometry_turn turn)
{
    bool across = turn.transpose;
    return geometry_place(options->fit, across ? picture->height : picture->width,
                          across ? picture->width : picture->height, options->width,
                          options->height);
}

/* Has the decoder hand out a smaller picture where that is wanted and can be. */
static void reduce(const struct transform *transform, const struct codec *codec, void *decoder,
                   struct picture *picture, struct geometry_turn turn, struct geometry_place *place)
{
    const struct transform_options *options = transform->options;
    if (options->fast_margin == 0 || !codec->reduce)
        return;
    unsigned eighths = reduce_eighths(place, options->filter, options->fast_margin);
    if (eighths == REDUCE_WHOLE)
        return;
    bool across = turn.transpose;
    reduce_place(place, turn, across ? picture->height : picture->width,
                 across ? picture->width : picture->height, eighths);
    codec->reduce(decoder, eighths, picture);
}

/* Readies decoder, buffers, conversion and resampler for a picture, which becomes what the decoder
 * will hand out. */
static bool prepare(struct transform *transform, const struct codec *codec, void *decoder,
                    struct picture *picture, struct geometry_place *place, uint8_t *out)
{
    const struct transform_options *options = transform->options;
    struct convert *convert = &transform->convert;
    convert_prepare(convert, picture, &options->convert);
    struct geometry_turn turn = geometry_turn(options->exif ? picture->orientation : 1);
    *place = place_picture(options, picture, turn);
    reduce(transform, codec, decoder, picture, turn, place);

    size_t resampled = (size_t)place->width * place->height;
    bool gray = needs_replication(transform);
    if (!lay_rows(&transform->raw, pixel_row_bytes(picture->format, picture->width),
                  transform->raw_row) ||
        !(convert->identity ||
          lay_rows(&transform->converted, (size_t)picture->width * convert->channels,
                   transform->converted_row)) ||
        !buffer_reserve(&transform->gray, gray ? resampled : 0))
        return false;
    size_t channels = convert->channels;
    size_t corner = ((size_t)place->top * options->width + place->left) * channels;
    return resize_begin(transform->resize,
                        &(struct resize_job){
                            .width = picture->width,
                            .height = picture->height,
                            .channels = convert->channels,
                            .filter = options->filter,
                            .turn = turn,
                            .place = *place,
                            .out = gray ? transform->gray.data : out + corner,
                            .out_stride = (gray ? place->width : options->width) * channels,
                        });
}

/* Converts and resamples rows that stand in the raw strip. */
static void push(struct transform *transform, const struct picture *picture, unsigned count)
{
    const struct convert *convert = &transform->convert;
    if (convert->identity) {
        stages_enter(transform->clock, STAGE_RESIZE);
        resize_rows(transform->resize, (const uint8_t *const *)transform->raw_row, count);
        return;
    }
    stages_enter(transform->clock, STAGE_CONVERT);
    for (unsigned r = 0; r < count; r++)
        convert->row(convert, transform->raw_row[r], transform->converted_row[r], picture->width);
    stages_enter(transform->clock, STAGE_RESIZE);
    resize_rows(transform->resize, (const uint8_t *const *)transform->converted_row, count);
}

/* Rows that never arrived are 0 in the picture's own mode, as in Pillow with LOAD_TRUNCATED_IMAGES;
 * in inverted CMYK that is no ink. */
static void push_blank(struct transform *transform, const struct picture *picture, uint32_t y)
{
    int blank = picture->format == PIXEL_CMYK8_INVERTED ? 0xff : 0;
    size_t bytes = pixel_row_bytes(picture->format, picture->width);
    for (unsigned r = 0; r < STRIP_ROWS; r++)
        memset(transform->raw_row[r], blank, bytes);
    while (y < picture->height) {
        uint32_t left = picture->height - y;
        unsigned count = left < STRIP_ROWS ? left : STRIP_ROWS;
        push(transform, picture, count);
        y += count;
    }
}

/* Pulls all rows through. */
static enum status flow(struct transform *transform, const struct codec *codec, void *decoder,
                        const struct picture *picture, struct reason *why)
{
    bool accept = transform->options->limits.accept_truncated;
    uint32_t y = 0;
    while (y < picture->height) {
        uint32_t left = picture->height - y;
        unsigned got = 0;
        enum status status = codec->rows(decoder, transform->raw_row,
                                         left < STRIP_ROWS ? left : STRIP_ROWS, &got, why);
        push(transform, picture, got);
        stages_enter(transform->clock, STAGE_DECODE);
        y += got;
        if (status == STATUS_TRUNCATED && accept && y > 0) {
            push_blank(transform, picture, y);
            stages_enter(transform->clock, STAGE_DECODE);
            return STATUS_PARTIAL;
        }
        if (status != STATUS_OK)
            return status;
    }
    enum status status = codec->finish(decoder, why);
    return status == STATUS_TRUNCATED && accept ? STATUS_PARTIAL : status;
}

static enum status decode(struct transform *transform, const struct codec *codec, void *decoder,
                          const struct picture *picture, uint8_t *out, struct reason *why)
{
    struct picture handed = *picture; /* as the decoder hands it out */
    struct geometry_place place;
    stages_enter(transform->clock, STAGE_RESIZE); /* nearly all of it is making the taps */
    if (!prepare(transform, codec, decoder, &handed, &place, out))
        return no_memory(why);
    const struct transform_options *options = transform->options;
    if (place.width != options->width || place.height != options->height)
        fill_padding(options, out);
    stages_enter(transform->clock, STAGE_DECODE);
    enum status status = codec->start(decoder, why);
    if (status == STATUS_OK)
        status = flow(transform, codec, decoder, &handed, why);
    if (status_has_pixels(status) && needs_replication(transform)) {
        stages_enter(transform->clock, STAGE_RESIZE);
        replicate(transform, &place, out);
        stages_enter(transform->clock, STAGE_DECODE);
    }
    return status;
}

static enum status check_sides(const struct picture *picture, struct reason *why)
{
    uint32_t side = picture->width > picture->height ? picture->width : picture->height;
    if (side <= TRANSFORM_MAX_SIDE)
        return STATUS_OK;
    *why = reason_own(REASON_SIDE_TOO_LONG, side, TRANSFORM_MAX_SIDE);
    return STATUS_TOO_LARGE;
}

enum status transform_open(struct transform *transform, const struct codec *codec, uint8_t *data,
                           size_t size, struct picture *picture, struct reason *why)
{
    stages_enter(transform->clock, STAGE_DECODE);
    *picture = (struct picture){.orientation = 1};
    void *decoder = decoder_of(transform, codec);
    if (!decoder)
        return no_memory(why);
    transform->codec = codec;
    enum status status =
        codec->open(decoder, data, size, &transform->options->limits, picture, why);
    if (status == STATUS_OK)
        status = check_sides(picture, why);
    transform->picture = *picture;
    if (status != STATUS_OK)
        transform_close(transform);
    return status;
}

void transform_close(struct transform *transform)
{
    if (transform->codec)
        transform->codec->close(*decoder_at(transform, transform->codec));
    transform->codec = NULL;
}

enum status transform_finish(struct transform *transform, uint8_t *out, struct reason *why)
{
    const struct codec *codec = transform->codec;
    enum status status =
        decode(transform, codec, *decoder_at(transform, codec), &transform->picture, out, why);
    transform_close(transform);
    return status;
}

enum status transform_picture(struct transform *transform, const struct codec *codec, uint8_t *data,
                              size_t size, uint8_t *out, struct picture *picture,
                              struct reason *why)
{
    enum status status = transform_open(transform, codec, data, size, picture, why);
    return status == STATUS_OK ? transform_finish(transform, out, why) : status;
}

uint64_t transform_working_bytes(const struct picture *picture)
{
    uint64_t row = pixel_row_bytes(picture->format, picture->width) + 3 * (uint64_t)picture->width;
    uint64_t sides = (uint64_t)picture->width + picture->height;
    return picture->memory + STRIP_ROWS * row + 6 * 7 * sides;
}
