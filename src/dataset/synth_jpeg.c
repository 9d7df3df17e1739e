#include "dataset/synth_jpeg.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>
#include <jerror.h>

#define FIRST_BYTES 65536

struct synth_jpeg {
    struct jpeg_compress_struct codec;
    struct jpeg_error_mgr errors;
    struct jpeg_destination_mgr target;
    jmp_buf escape;
    struct buffer *file;
    char text[JMSG_LENGTH_MAX];
};

static void on_error(j_common_ptr codec)
{
    struct synth_jpeg *jpeg = codec->client_data;
    jpeg->errors.format_message(codec, jpeg->text);
    longjmp(jpeg->escape, 1);
}

static void on_message(j_common_ptr codec)
{
    (void)codec; /* libraries do not print */
}

static void start_target(j_compress_ptr codec)
{
    struct synth_jpeg *jpeg = codec->client_data;
    if (!buffer_reserve(jpeg->file, FIRST_BYTES))
        ERREXIT1(codec, JERR_OUT_OF_MEMORY, 0);
    jpeg->target.next_output_byte = jpeg->file->data;
    jpeg->target.free_in_buffer = jpeg->file->capacity;
}

/* The whole buffer is full when this is called, whatever free_in_buffer says. */
static boolean grow_target(j_compress_ptr codec)
{
    struct synth_jpeg *jpeg = codec->client_data;
    size_t full = jpeg->file->capacity;
    if (!buffer_grow(jpeg->file, 2 * full, full))
        ERREXIT1(codec, JERR_OUT_OF_MEMORY, 0);
    jpeg->target.next_output_byte = jpeg->file->data + full;
    jpeg->target.free_in_buffer = jpeg->file->capacity - full;
    return TRUE;
}

static void end_target(j_compress_ptr codec)
{
    (void)codec;
}

struct synth_jpeg *synth_jpeg_open(void)
{
    struct synth_jpeg *jpeg = calloc(1, sizeof *jpeg);
    if (!jpeg)
        return NULL;
    jpeg->codec.err = jpeg_std_error(&jpeg->errors);
    jpeg->errors.error_exit = on_error;
    jpeg->errors.output_message = on_message;
    jpeg->target.init_destination = start_target;
    jpeg->target.empty_output_buffer = grow_target;
    jpeg->target.term_destination = end_target;
    return jpeg;
}

static void configure(j_compress_ptr codec, const struct synth_jpeg_settings *settings)
{
    codec->image_width = settings->width;
    codec->image_height = settings->height;
    codec->input_components = 4;
    codec->in_color_space = JCS_EXT_RGBX;
    jpeg_set_defaults(codec);
    jpeg_set_colorspace(codec, settings->gray ? JCS_GRAYSCALE : JCS_YCbCr);
    jpeg_set_quality(codec, settings->quality, TRUE);
    if (!settings->gray)
        codec->comp_info[0].h_samp_factor = codec->comp_info[0].v_samp_factor =
            settings->half_chroma ? 2 : 1;
    codec->dct_method = JDCT_ISLOW;
    codec->optimize_coding = FALSE;
    if (settings->progressive)
        jpeg_simple_progression(codec);
}

/* The codec is made anew for each picture: one that is kept would keep the Huffman tables that it
 * found best for a progressive picture, and use them for the next, whose symbols they lack. */
const char *synth_jpeg_encode(struct synth_jpeg *jpeg, const struct synth_jpeg_settings *settings,
                              synth_jpeg_row_fn row, void *user, struct buffer *file, size_t *bytes)
{
    j_compress_ptr codec = &jpeg->codec;
    jpeg->file = file;
    codec->client_data = jpeg;
    if (setjmp(jpeg->escape)) {
        jpeg_destroy_compress(codec);
        return jpeg->text;
    }
    jpeg_create_compress(codec);
    codec->mem->max_memory_to_use = 0; /* no bound, whatever JPEGMEM says */
    codec->dest = &jpeg->target;
    configure(codec, settings);
    jpeg_start_compress(codec, TRUE);
    while (codec->next_scanline < codec->image_height) {
        /* libjpeg does not write to the rows, its interface only fails to say so. */
        JSAMPROW line = (JSAMPROW)(uintptr_t)row(user, codec->next_scanline);
        jpeg_write_scanlines(codec, &line, 1);
    }
    jpeg_finish_compress(codec);
    *bytes = (size_t)(jpeg->target.next_output_byte - file->data);
    jpeg_destroy_compress(codec);
    return NULL;
}

void synth_jpeg_close(struct synth_jpeg *jpeg)
{
    free(jpeg);
}
