#include "image/codec_jpeg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>

#include "image/codec_jpeg_frame.h"
#include "image/codec_jpeg_library.h"
#include "image/reduce.h"

/* Abbreviated "tables only" streams that may stand before the picture; nobody writes even two. */
#define MAX_TABLE_STREAMS 16

/* The header. */

static const struct {
    bool known;
    enum pixel_format format;
    J_COLOR_SPACE space;
} outputs[5] = {
    [1] = {true, PIXEL_GRAY8, JCS_GRAYSCALE},
    [3] = {true, PIXEL_RGB8, JCS_RGB},
    [4] = {true, PIXEL_CMYK8_INVERTED, JCS_CMYK},
};

/* What the frame header has said so far; also of a picture that is refused, for the index. */
static void describe(const struct jpeg_decompress_struct *lib, struct picture *picture)
{
    *picture = (struct picture){.container = PICTURE_JPEG, .orientation = 1};
    int parts = lib->num_components;
    if (parts < 1 || parts > 4 || !outputs[parts].known)
        return;
    picture->format = outputs[parts].format;
    picture->width = lib->image_width;
    picture->height = lib->image_height;
}

/* Whether the picture may and can be decoded, and if so the rest of what is to be known of it. */
static enum status admit(struct jpeg *jpeg, const uint8_t *data, size_t size,
                         const struct codec_limits *limits, struct picture *picture,
                         struct reason *why)
{
    struct jpeg_decompress_struct *lib = &jpeg->lib;
    describe(lib, picture);
    if (picture->width == 0) {
        *why = reason_own(REASON_JPEG_COMPONENTS, lib->num_components, 0);
        return STATUS_UNSUPPORTED;
    }
    if ((uint64_t)picture->width * picture->height > limits->max_pixels) {
        *why = reason_own(REASON_TOO_MANY_PIXELS, picture->width, picture->height);
        return STATUS_TOO_LARGE;
    }
    lib->out_color_space = outputs[lib->num_components].space;
    picture->orientation = codec_jpeg_frame_orientation(data, size);
    picture->multi_scan = jpeg_has_multiple_scans(lib);
    picture->memory = picture->multi_scan ? codec_jpeg_frame_coefficient_bytes(lib) : 0;
    return STATUS_OK;
}

/* The codec's functions. */

static bool sniff(const uint8_t *head, size_t size)
{
    /* A JPEG-LS file begins likewise, with its own frame marker at once. */
    return size >= 3 && memcmp(head, "\xff\xd8\xff", 3) == 0 && (size == 3 || head[3] != 0xf7);
}

static void *create_state(void)
{
    struct jpeg *jpeg = calloc(1, sizeof *jpeg);
    if (!jpeg)
        return NULL;
    codec_jpeg_library_attach(jpeg);
#ifdef LIBJPEG_TURBO_VERSION /* the others make other pixels of some files */
    jpeg->baseline = baseline_new(baseline_kernels_table[BASELINE_KERNELS_COUNT - 1]);
#endif
    return jpeg;
}

static void close_picture(void *state)
{
    struct jpeg *jpeg = state;
    if (jpeg->open)
        jpeg_destroy_decompress(&jpeg->lib); /* frees only: cannot fail */
    jpeg->open = jpeg->fast = false;
    if (jpeg->baseline)
        baseline_end(jpeg->baseline);
}

static void destroy_state(void *state)
{
    struct jpeg *jpeg = state;
    if (!jpeg)
        return;
    close_picture(jpeg);
    baseline_free(jpeg->baseline);
    free(jpeg);
}

static enum status open_picture(void *state, uint8_t *data, size_t size,
                                const struct codec_limits *limits, struct picture *picture,
                                struct reason *why)
{
    struct jpeg *jpeg = state;
    close_picture(jpeg);
    jpeg->open = jpeg->in_header = true;
    jpeg->accept_truncated = false; /* a header that ends has nothing to show */
    jpeg->ended = jpeg->too_many_scans = jpeg->too_many_visits = false;
    jpeg->visits = 0;
    jpeg->most_visits = CODEC_JPEG_FREE_VISITS + (uint64_t)size * CODEC_JPEG_BYTE_VISITS;
    jpeg->visiting = 0;
    jpeg->warnings = 0;
    memset(&jpeg->errors.msg_parm, 0, sizeof jpeg->errors.msg_parm); /* not every message sets it */
    jpeg->lib.mem = NULL;
    jpeg->lib.num_components = 0;
    *why = (struct reason){.kind = REASON_NONE};
    if (setjmp(jpeg->escape)) {
        describe(&jpeg->lib, picture);
        return codec_jpeg_library_failure(jpeg, why);
    }
    codec_jpeg_library_create(jpeg, data, size);
    int found = JPEG_HEADER_TABLES_ONLY;
    for (int i = 0; i < MAX_TABLE_STREAMS && found == JPEG_HEADER_TABLES_ONLY; i++)
        found = jpeg_read_header(&jpeg->lib, FALSE);
    if (found != JPEG_HEADER_OK)
        ERREXIT(&jpeg->lib, JERR_NO_IMAGE);
    enum status status = admit(jpeg, data, size, limits, picture, why);
    jpeg->in_header = false;
    jpeg->accept_truncated = limits->accept_truncated;
    jpeg->library_only = limits->library_only;
    return status;
}

static void reduce_picture(void *state, unsigned eighths, struct picture *picture)
{
    struct jpeg *jpeg = state;
    jpeg->lib.scale_num = eighths;
    jpeg->lib.scale_denom = REDUCE_WHOLE;
    picture->width = reduce_side(picture->width, eighths);
    picture->height = reduce_side(picture->height, eighths);
}

/* Gives the scan to the decoder for ordinary pictures, if it is one. */
static bool start_fast(struct jpeg *jpeg)
{
    struct baseline_frame frame;
    jpeg->row = 0;
    jpeg->fast = jpeg->baseline && !jpeg->library_only &&
                 codec_jpeg_frame_ordinary(&jpeg->lib, &frame) &&
                 baseline_begin(jpeg->baseline, &frame, jpeg->source.next_input_byte,
                                jpeg->source.bytes_in_buffer);
    return jpeg->fast;
}

/* Jumps on an error. */
static void start_library(struct jpeg *jpeg)
{
    /* The library's defaults, and Pillow's; said here because the pixels hang on them. */
    jpeg->lib.dct_method = JDCT_ISLOW;
    jpeg->lib.do_fancy_upsampling = TRUE;
    jpeg->lib.do_block_smoothing = TRUE;
    if (jpeg_has_multiple_scans(&jpeg->lib))
        jpeg->lib.progress = &jpeg->progress;
    jpeg_start_decompress(&jpeg->lib);
}

static enum status start_picture(void *state, struct reason *why)
{
    struct jpeg *jpeg = state;
    *why = (struct reason){.kind = REASON_NONE};
    if (start_fast(jpeg))
        return STATUS_OK;
    if (setjmp(jpeg->escape))
        return codec_jpeg_library_failure(jpeg, why);
    start_library(jpeg);
    return STATUS_OK;
}

/* After a surprise: the library decodes from the first row on, up to where the other one stopped.
 * Its rows so far are the same, and are written over. Jumps on an error. */
static void hand_over(struct jpeg *jpeg, uint8_t *scratch)
{
    jpeg->fast = false;
    start_library(jpeg);
    while (jpeg->lib.output_scanline < jpeg->row)
        jpeg_read_scanlines(&jpeg->lib, (JSAMPARRAY)&scratch, 1);
}

static enum status read_rows(void *state, uint8_t *const row[], unsigned count, unsigned *got,
                             struct reason *why)
{
    struct jpeg *jpeg = state;
    *why = (struct reason){.kind = REASON_NONE};
    *got = 0;
    if (jpeg->fast) {
        *got = baseline_rows(jpeg->baseline, row, count);
        jpeg->row += *got;
        if (*got == count)
            return STATUS_OK;
    }
    if (setjmp(jpeg->escape)) /* a call that fails has written no row */
        return codec_jpeg_library_failure(jpeg, why);
    if (jpeg->fast)
        hand_over(jpeg, row[*got]);
    while (*got < count) {
        JDIMENSION arrived =
            jpeg_read_scanlines(&jpeg->lib, (JSAMPARRAY)(row + *got), count - *got);
        if (arrived == 0) /* past the last row */
            break;
        *got += arrived;
    }
    return STATUS_OK;
}

/* What follows the last row does not matter, so the library is not asked to read it. */
static enum status finish_picture(void *state, struct reason *why)
{
    const struct jpeg *jpeg = state;
    *why = (struct reason){.kind = REASON_NONE};
    if (jpeg->ended)
        return codec_jpeg_library_truncation(jpeg, why);
    if (jpeg->warnings)
        *why = codec_jpeg_library_warnings(jpeg);
    return STATUS_OK;
}

const struct codec codec_jpeg = {
    .name = "jpeg",
    .container = PICTURE_JPEG,
    .sniff = sniff,
    .create = create_state,
    .destroy = destroy_state,
    .open = open_picture,
    .reduce = reduce_picture,
    .start = start_picture,
    .rows = read_rows,
    .finish = finish_picture,
    .close = close_picture,
};
