#include "image/codec_jpeg_library.h"

#include <limits.h>

#include <jerror.h>

#include "image/codec_jpeg_frame.h"

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

void codec_jpeg_library_attach(struct jpeg *jpeg)
{
    jpeg->lib.err = jpeg_std_error(&jpeg->errors);
    jpeg->lib.client_data = jpeg;
    jpeg->errors.error_exit = on_error;
    jpeg->errors.emit_message = on_message;
    jpeg->progress.progress_monitor = on_progress;
}

/* Makes a fresh decompressor. The tables of the last picture live as long as the struct does, past
 * jpeg_abort_decompress, and a picture that lacks its own would be decoded with them: its pixels
 * would depend on what the thread saw before. Making a struct costs a microsecond. */
void codec_jpeg_library_create(struct jpeg *jpeg, const uint8_t *data, size_t size)
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

/* Errors as statuses. */

/* The row of the whole picture at which a row of the reduced one begins. */
static JDIMENSION whole_row(const struct jpeg *jpeg, JDIMENSION row)
{
    return (JDIMENSION)((uint64_t)row * jpeg->lib.scale_denom / jpeg->lib.scale_num);
}

enum status codec_jpeg_library_truncation(const struct jpeg *jpeg, struct reason *why)
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

enum status codec_jpeg_library_failure(const struct jpeg *jpeg, struct reason *why)
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
        return codec_jpeg_library_truncation(jpeg, why);
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

/* As image/reason.h describes it. */
static int64_t pack_warning(const struct jpeg *jpeg)
{
    uint64_t first = (uint32_t)jpeg->first_parameter[0] & 0xffffff;
    uint64_t second = (uint32_t)jpeg->first_parameter[1] & 0xffffff;
    return (int64_t)(second << 40 | first << 16 | (uint16_t)jpeg->first_warning);
}

struct reason codec_jpeg_library_warnings(const struct jpeg *jpeg)
{
    return reason_own(REASON_JPEG_WARNINGS, jpeg->warnings, pack_warning(jpeg));
}
