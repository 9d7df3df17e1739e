/*
 * jpeg_floor: the least that any program must do: read JPEG files and decode them to nothing.
 *
 * One thread, libjpeg-turbo alone, whole files from memory, rows into a buffer that nobody looks
 * at, in the colour space the file asks for as `pixscale run` does. What bench.py divides by.
 * With -s PIXELS each is decoded at 1/8, 1/4 or 1/2 of its sides, the smallest that leaves so many
 * pixels on both: twice 64, as `pixscale run --decode fast` does.
 * Usage: jpeg_floor [-s PIXELS] LIST
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "floor.h"

#define ROWS 8

struct failure {
    struct jpeg_error_mgr manager;
    jmp_buf jump;
};

static void fail(j_common_ptr info)
{
    longjmp(((struct failure *)info->err)->jump, 1);
}

static void silent(j_common_ptr info, int level)
{
    (void)info, (void)level;
}

static unsigned char *rows_buffer; /* outlives a jump */
static size_t rows_capacity;

static unsigned least; /* pixels to be left on each side; 0: all of them */

static void choose_scale(struct jpeg_decompress_struct *info)
{
    unsigned side = info->image_width < info->image_height ? info->image_width : info->image_height;
    info->scale_num = 1;
    info->scale_denom = 8;
    while (info->scale_num < 8 && (size_t)side * info->scale_num < (size_t)least * 8)
        info->scale_num *= 2;
}

static void decode(struct jpeg_decompress_struct *info, const unsigned char *data, size_t size)
{
    jpeg_mem_src(info, data, size);
    jpeg_read_header(info, TRUE);
    if (least)
        choose_scale(info);
    jpeg_start_decompress(info);
    size_t stride = (size_t)info->output_width * (size_t)info->output_components;
    if (stride * ROWS > rows_capacity) {
        rows_buffer = realloc(rows_buffer, stride * ROWS);
        rows_capacity = stride * ROWS;
    }
    if (!rows_buffer)
        exit(2);
    JSAMPROW row[ROWS];
    for (int r = 0; r < ROWS; r++)
        row[r] = rows_buffer + (size_t)r * stride;
    while (info->output_scanline < info->output_height)
        jpeg_read_scanlines(info, row, ROWS);
}

int main(int argc, char **argv)
{
    struct jpeg_decompress_struct info;
    struct failure failure;
    info.err = jpeg_std_error(&failure.manager);
    failure.manager.error_exit = fail;
    failure.manager.emit_message = silent;
    jpeg_create_decompress(&info);
    if (argc > 2 && strcmp(argv[1], "-s") == 0)
        least = (unsigned)strtoul(argv[2], NULL, 10);
    static struct floor_file file; /* changed between setjmp and a jump */
    FILE *list = floor_open_list(argv[argc - 1]);
    while (floor_next(list, &file)) {
        if (setjmp(failure.jump) == 0)
            decode(&info, file.data, file.size);
        jpeg_abort_decompress(&info);
    }
    jpeg_destroy_decompress(&info);
    return 0;
}
