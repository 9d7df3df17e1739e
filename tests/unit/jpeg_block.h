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

/* A file whose only block is `block`, to be multiplied by `quant`, both in natural order. To be
 * freed. Coefficients of up to 10 bits (11 for the first) can be written. */
static inline unsigned char *jpeg_block_write(const int16_t block[64], const uint16_t quant[64],
                                              unsigned long *size)
{
    struct jpeg_compress_struct lib;
    struct jpeg_error_mgr errors;
    unsigned char *data = NULL;
    *size = 0;
    lib.err = jpeg_std_error(&errors);
    jpeg_create_compress(&lib);
    jpeg_mem_dest(&lib, &data, size);
    lib.image_width = lib.image_height = 8;
    lib.input_components = 1;
    lib.in_color_space = JCS_GRAYSCALE;
    jpeg_set_defaults(&lib);
    unsigned table[64];
    static const uint8_t natural[64] = {
        0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48,
        41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23,
        30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};
    (void)natural;
    for (int i = 0; i < 64; i++)
        table[i] = quant[i];
    jpeg_add_quant_table(&lib, 0, table, 100, FALSE);
    jvirt_barray_ptr array = lib.mem->request_virt_barray((j_common_ptr)&lib, JPOOL_IMAGE, TRUE, 1,
                                                          1, 1);
    jpeg_write_coefficients(&lib, &array);
    JBLOCKARRAY rows = lib.mem->access_virt_barray((j_common_ptr)&lib, array, 0, 1, TRUE);
    memcpy(rows[0][0], block, 64 * sizeof *block);
    jpeg_finish_compress(&lib);
    jpeg_destroy_compress(&lib);
    return data;
}

/* Its 64 samples. */
static inline void jpeg_block_read(const unsigned char *data, unsigned long size,
                                   uint8_t samples[64])
{
    struct jpeg_decompress_struct lib;
    struct jpeg_error_mgr errors;
    lib.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&lib);
    jpeg_mem_src(&lib, data, size);
    jpeg_read_header(&lib, TRUE);
    jpeg_start_decompress(&lib);
    while (lib.output_scanline < lib.output_height) {
        JSAMPROW row = samples + 8 * lib.output_scanline;
        jpeg_read_scanlines(&lib, &row, 1);
    }
    jpeg_destroy_decompress(&lib);
}

#endif
