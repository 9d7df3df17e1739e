#include "image/codec_jpeg.h"

#include <limits.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

#include "image/baseline.h"
#include "image/codec_jpeg_frame.h"
#include "image/reduce.h"

/* Abbreviated "tables only" streams that may stand before the picture; nobody writes even two. */
#define MAX_TABLE_STREAMS 16

struct jpeg {
    struct jpeg_decompress_struct lib;
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    jmp_buf escape; /* armed by every function below that calls the library */

    struct baseline *baseline; /* the decoder for ordinary pictures; NULL if there is none */
    bool fast;                 /* which has the picture in hand */
    uint32_t row;              /* rows it has handed out */

    bool library_only;
    bool open;             /* `lib` holds memory */
    bool in_header;        /* `open` has not returned yet */
    bool accept_truncated; /* put an end marker where the data ends, instead of an error */
    bool ended;            /* the library asked for a byte beyond the end */
    bool too_many_scans, too_many_visits;
    uint64_t visits, most_visits; /* blocks that the scans so far go over, and may */
    int visiting;                 /* the scan that was counted last */
    JDIMENSION end_row;           /* rows handed out, and the scan, when the data ended */
    int end_scan;

    int64_t warnings; /* counted, so that a flood of them is one line */
    int first_warning;
    int first_parameter[2];
};

static struct jpeg *jpeg_of(const void *lib)
{
    return ((const struct jpeg_common_struct *)lib)->client_data;
}

/* What the library calls back. */

static void on_error(j_common_ptr lib)
{
    longjmp(jpeg_of(lib)->escape, 1);
}

static void on_message(j_common_ptr lib, int level)
{
    struct jpeg *jpeg = jpeg_of(lib);
    if (level >= 0 || jpeg->warnings++ > 0)
        return;
    jpeg->first_warning = lib->err->msg_code;
    jpeg->first_parameter[0] = lib->err->msg_parm.i[0];
    jpeg->first_parameter[1] = lib->err->msg_parm.i[1];
}

static void on_source(j_decompress_ptr lib)
{
    (void)lib;
}

/* Called when the data is used up. Raising here, rather than feeding end markers as the library's
 * own memory source does, is what makes "truncated" exact: it happens when and only when a byte was
 * needed that is not there. */
static boolean on_end_of_data(j_decompress_ptr lib)
{
    static const JOCTET end_of_image[2] = {0xff, JPEG_EOI};
    struct jpeg *jpeg = jpeg_of(lib);
    if (!jpeg->accept_truncated || jpeg->ended) {
        jpeg->ended = true;
        ERREXIT(lib, JERR_INPUT_EOF);
    }
    jpeg->ended = true;
    jpeg->end_row = lib->output_scanline;
    jpeg->end_scan = lib->input_scan_number;
    lib->src->next_input_byte = end_of_image;
    lib->src->bytes_in_buffer = sizeof end_of_image;
    return TRUE;
}

static void on_skip(j_decompress_ptr lib, long count)
{
    if (count <= 0)
        return;
    struct jpeg_source_mgr *source = lib->src;
    size_t step = (size_t)count < source->bytes_in_buffer ? (size_t)count : source->bytes_in_buffer;
    source->next_input_byte += step;
    source->bytes_in_buffer -= step;
}

/* The library calls this between rows of blocks, also inside jpeg_start_decompress, which reads all
 * scans of a multi-scan picture: the only place where a bomb can be stopped. */
static void on_progress(j_common_ptr lib)
{
    struct jpeg *jpeg = jpeg_of(lib);
    if (jpeg->lib.input_scan_number > jpeg->visiting) {
        jpeg->visiting = jpeg->lib.input_scan_number;
        jpeg->visits += codec_jpeg_frame_scan_blocks(&jpeg->lib);
    }
    jpeg->too_many_scans = jpeg->lib.input_scan_number > CODEC_JPEG_MAX_SCANS;
    jpeg->too_many_visits = jpeg->visits > jpeg->most_visits;
    if (jpeg->too_many_scans || jpeg->too_many_visits)
        longjmp(jpeg->escape, 1);
}

/* Errors as statuses. */

/* The row of the whole picture at which a row of the reduced one begins. */
static JDIMENSION whole_row(const struct jpeg *jpeg, JDIMENSION row)
{
    return (JDIMENSION)((uint64_t)row * jpeg->lib.scale_denom / jpeg->lib.scale_num);
}

static enum status truncation(const struct jpeg *jpeg, struct reason *why)
{
    if (jpeg->in_header)
        *why = reason_own(REASON_HEADER_ENDS, 0, 0);
    else if (jpeg_has_multiple_scans((j_decompress_ptr)&jpeg->lib))
        *why = reason_own(REASON_SCANS_END,
                          jpeg->accept_truncated ? jpeg->end_scan : jpeg->lib.input_scan_number, 0);
    else
        *why = reason_own(
            REASON_DATA_ENDS,
            whole_row(jpeg, jpeg->accept_truncated ? jpeg->end_row : jpeg->lib.output_scanline),
            jpeg->lib.image_height);
    return STATUS_TRUNCATED;
}

static enum status status_of_message(const struct jpeg_error_mgr *errors)
{
    switch (errors->msg_code) {
    case JERR_OUT_OF_MEMORY:
    case JERR_NO_BACKING_STORE:
        return STATUS_MEMORY;
    case JERR_IMAGE_TOO_BIG:
    case JERR_WIDTH_OVERFLOW:
        return STATUS_TOO_LARGE;
    case JERR_UNKNOWN_MARKER: /* 0xf7 begins a JPEG-LS frame; others are no markers at all */
        return errors->msg_parm.i[0] == 0xf7 ? STATUS_UNSUPPORTED : STATUS_CORRUPT;
    case JERR_BAD_PRECISION: /* up to 16 bits are legal somewhere in the standard */
        return errors->msg_parm.i[0] >= 2 && errors->msg_parm.i[0] <= 16 ? STATUS_UNSUPPORTED
                                                                         : STATUS_CORRUPT;
    case JERR_ARITH_NOTIMPL:
    case JERR_CCIR601_NOTIMPL:
    case JERR_COMPONENT_COUNT:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_EMPTY_IMAGE: /* the height comes later, by a DNL marker */
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_NOTIMPL:
    case JERR_NOT_COMPILED:
    case JERR_SOF_UNSUPPORTED:
        return STATUS_UNSUPPORTED;
    default:
        return STATUS_CORRUPT;
    }
}

static int64_t pair(int low, int high)
{
    return (int64_t)((uint64_t)(uint32_t)high << 32 | (uint32_t)low);
}

/* What to return after a jump. */
static enum status failure(const struct jpeg *jpeg, struct reason *why)
{
    if (jpeg->too_many_scans) {
        *why = reason_own(REASON_TOO_MANY_SCANS, CODEC_JPEG_MAX_SCANS, 0);
        return STATUS_TOO_COMPLEX;
    }
    if (jpeg->too_many_visits) {
        *why = reason_own(REASON_EMPTY_SCANS, (int64_t)jpeg->visits, jpeg->visiting);
        return STATUS_TOO_COMPLEX;
    }
    if (jpeg->ended)
        return truncation(jpeg, why);
    const int *parameter = jpeg->errors.msg_parm.i;
    *why = (struct reason){
        .kind = REASON_JPEG,
        .code = (uint16_t)jpeg->errors.msg_code,
        .arg = {pair(parameter[0], parameter[1]), pair(parameter[2], parameter[3])},
    };
    enum status status = status_of_message(&jpeg->errors);
    if (status == STATUS_MEMORY)
        *why = reason_own(REASON_NO_MEMORY, 0, 0);
    return status;
}

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

/* Makes a fresh decompressor. The tables of the last picture live as long as the struct does, past
 * jpeg_abort_decompress, and a picture that lacks its own would be decoded with them: its pixels
 * would depend on what the thread saw before. Making a struct costs a microsecond. */
static void create(struct jpeg *jpeg, const uint8_t *data, size_t size)
{
    jpeg_create_decompress(&jpeg->lib);
    /* JPEGMEM in the environment sets a limit beyond which the library would fail or, in some
     * builds, use temporary files. */
    jpeg->lib.mem->max_memory_to_use = LONG_MAX;
    jpeg->source = (struct jpeg_source_mgr){
        .next_input_byte = data,
        .bytes_in_buffer = size,
        .init_source = on_source,
        .fill_input_buffer = on_end_of_data,
        .skip_input_data = on_skip,
        .resync_to_restart = jpeg_resync_to_restart,
        .term_source = on_source,
    };
    jpeg->lib.src = &jpeg->source;
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
    jpeg->lib.err = jpeg_std_error(&jpeg->errors);
    jpeg->lib.client_data = jpeg;
    jpeg->errors.error_exit = on_error;
    jpeg->errors.emit_message = on_message;
    jpeg->progress.progress_monitor = on_progress;
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
        return failure(jpeg, why);
    }
    create(jpeg, data, size);
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
        return failure(jpeg, why);
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
        return failure(jpeg, why);
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

/* As image/reason.h describes it. */
static int64_t pack_warning(const struct jpeg *jpeg)
{
    uint64_t first = (uint32_t)jpeg->first_parameter[0] & 0xffffff;
    uint64_t second = (uint32_t)jpeg->first_parameter[1] & 0xffffff;
    return (int64_t)(second << 40 | first << 16 | (uint16_t)jpeg->first_warning);
}

/* What follows the last row does not matter, so the library is not asked to read it. */
static enum status finish_picture(void *state, struct reason *why)
{
    const struct jpeg *jpeg = state;
    *why = (struct reason){.kind = REASON_NONE};
    if (jpeg->ended)
        return truncation(jpeg, why);
    if (jpeg->warnings)
        *why = reason_own(REASON_JPEG_WARNINGS, jpeg->warnings, pack_warning(jpeg));
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
