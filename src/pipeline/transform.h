/*
 * transform: a file in memory to one finished picture of the output: decode, convert, resize,
 * place.
 *
 * The inner loop pulls strips of a few rows from the decoder, converts them and pushes them into
 * the resampler, so that no whole picture is held. Between decoder, conversion and resampler, which
 * know nothing of it, the clock of stages is stamped. Knows: base, image, profile/stages.h.
 */
#ifndef PIXSCALE_PIPELINE_TRANSFORM_H
#define PIXSCALE_PIPELINE_TRANSFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "image/codec.h"
#include "image/convert.h"
#include "image/geometry.h"
#include "image/taps.h"
#include "profile/stages.h"

struct transform_options {
    uint32_t width, height; /* of the output, pixels */
    enum geometry_fit fit;
    enum taps_filter filter;
    struct convert_options convert;
    uint8_t pad_color[3]; /* RGB; its luma when convert.luma */
    bool exif;            /* turn the picture upright before it is resized */
    unsigned fast_margin; /* 0: exact. Else where the decoder can, it may hand out a smaller picture
                             with at least so many pixels on each axis for each of the output */
    struct codec_limits limits;
};

/* A longer side is refused: its taps alone would take some 40 bytes a pixel of it. */
#define TRANSFORM_MAX_SIDE (1u << 20)

struct transform;

/* Per-thread state; the options must outlive it. NULL when memory ran out. */
struct transform *transform_new(const struct transform_options *options);
void transform_free(struct transform *transform);

/* Gives back what an unusual picture made strips and weights grow to. Between pictures only. */
void transform_trim(struct transform *transform);

/* Gives back all that grows with pictures, the decoders with it; a picture in hand is given up. */
void transform_let_go(struct transform *transform);

/* The clock of the thread that the transform belongs to; NULL, as it is at first, for none. Stamped
 * once a strip and stage. */
void transform_set_clock(struct transform *transform, struct stages_clock *clock);

/* Channels of the output: 1 with convert.luma, else 3. */
unsigned transform_channels(const struct transform_options *options);

/* Makes the picture in `data` (which the decoder may rearrange) into height × width × channels
 * bytes at `out`. *picture is filled as far as the header was understood: its width is 0 if it was
 * not. It is the file's picture, also when a smaller one was decoded. ok and partial: `out` is
 * complete. Any other status: `out` holds nothing to be used. */
enum status transform_picture(struct transform *transform, const struct codec *codec, uint8_t *data,
                              size_t size, uint8_t *out, struct picture *picture,
                              struct reason *why);

/* The same in two steps, between which a caller may look at what the second will cost: the header,
 * and all the rest. After an ok from transform_open, the one or the other must end it. */
enum status transform_open(struct transform *transform, const struct codec *codec, uint8_t *data,
                           size_t size, struct picture *picture, struct reason *why);
enum status transform_finish(struct transform *transform, uint8_t *out, struct reason *why);
void transform_close(struct transform *transform);

/* What a picture makes this thread hold beside its file, at most: the decoder's share, two strips
 * of rows, and the weights of both axes (lanczos takes six a source pixel, of seven bytes each). */
uint64_t transform_working_bytes(const struct picture *picture);

#endif
