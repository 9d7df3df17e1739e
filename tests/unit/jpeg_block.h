/*
 * jpeg_block: a gray JPEG of one block, and what libjpeg makes of it.
 */
#ifndef PIXSCALE_TESTS_JPEG_BLOCK_H
#define PIXSCALE_TESTS_JPEG_BLOCK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

static inline void jpeg_block_silent(j_common_ptr lib, int level)
{
    (void)lib, (void)level;
}

/* A file whose only block is `block`, to be multiplied by `quant` (up to 32767), both in natural
 * order. To be freed. Coefficients of up to 10 bits (11 for the first) can be written. */
static inline unsigned char *jpeg_block_write(const int16_t block[64], const int16_t quant[64],
                                              unsigned long *size)
{
    struct jpeg_compress_struct lib;
    struct jpeg_error_mgr errors;
    unsigned char *data = NULL;
    unsigned table[64];
    *size = 0;
    lib.err = jpeg_std_error(&errors);
    errors.emit_message = jpeg_block_silent;
    jpeg_create_compress(&lib);
    jpeg_mem_dest(&lib, &data, size);
    lib.image_width = lib.image_height = 8;
    lib.input_components = 1;
    lib.in_color_space = JCS_GRAYSCALE;
    jpeg_set_defaults(&lib);
    for (int i = 0; i < 64; i++)
        table[i] = (unsigned)quant[i];
    jpeg_add_quant_table(&lib, 0, table, 100, FALSE);
    j_common_ptr common = (j_common_ptr)&lib;
    jvirt_barray_ptr array = lib.mem->request_virt_barray(common, JPOOL_IMAGE, TRUE, 1, 1, 1);
    jpeg_write_coefficients(&lib, &array);
    JBLOCKARRAY rows = lib.mem->access_virt_barray(common, array, 0, 1, TRUE);
    memcpy(rows[0][0], block, 64 * sizeof *block);
    jpeg_finish_compress(&lib);
    jpeg_destroy_compress(&lib);
    return data;
}

/* Its samples at eighths/8 of its sides, row by row. */
static inline void jpeg_block_read(const unsigned char *data, unsigned long size, unsigned eighths,
                                   uint8_t samples[64])
{
    struct jpeg_decompress_struct lib;
    struct jpeg_error_mgr errors;
    lib.err = jpeg_std_error(&errors);
    errors.emit_message = jpeg_block_silent;
    jpeg_create_decompress(&lib);
    jpeg_mem_src(&lib, data, size);
    jpeg_read_header(&lib, TRUE);
    lib.scale_num = eighths;
    lib.scale_denom = 8;
    jpeg_start_decompress(&lib);
    while (lib.output_scanline < lib.output_height) {
        JSAMPROW row = samples + lib.output_width * lib.output_scanline;
        jpeg_read_scanlines(&lib, &row, 1);
    }
    jpeg_destroy_decompress(&lib);
}

#endif
