#include "image/codec_jpeg_frame.h"

#include <string.h>

#include "image/exif.h"

/* The library's own saving of markers takes quadratic time on hostile files, so the segments are
 * walked here. */
uint8_t codec_jpeg_frame_orientation(const uint8_t *data, size_t size)
{
    size_t at = 2;
    while (at + 4 <= size) {
        if (data[at] != 0xff || data[at + 1] == 0xff) { /* junk or fill between segments */
            at++;
            continue;
        }
        uint8_t marker = data[at + 1];
        if (marker == 0xda || marker == JPEG_EOI)
            break;
        if (marker <= 0x01 || (marker >= JPEG_RST0 && marker <= 0xd8)) { /* no length follows */
            at += 2;
            continue;
        }
        size_t length = (size_t)data[at + 2] << 8 | data[at + 3];
        if (length < 2 || length > size - at - 2)
            break;
        if (marker == JPEG_APP0 + 1 && length >= 8 && memcmp(data + at + 4, "Exif", 5) == 0)
            return exif_orientation(data + at + 10, length - 8);
        at += 2 + length;
    }
    return 1;
}

size_t codec_jpeg_frame_coefficient_bytes(const struct jpeg_decompress_struct *lib)
{
    size_t blocks = 0;
    for (int i = 0; i < lib->num_components; i++) {
        const jpeg_component_info *part = &lib->comp_info[i];
        size_t h = (size_t)part->h_samp_factor, v = (size_t)part->v_samp_factor;
        blocks +=
            (part->width_in_blocks + h - 1) / h * h * ((part->height_in_blocks + v - 1) / v * v);
    }
    return blocks * DCTSIZE2 * sizeof(JCOEF);
}

uint64_t codec_jpeg_frame_scan_blocks(const struct jpeg_decompress_struct *lib)
{
    uint64_t blocks = 0;
    for (int i = 0; i < lib->comps_in_scan; i++)
        blocks += (uint64_t)lib->cur_comp_info[i]->width_in_blocks *
                  lib->cur_comp_info[i]->height_in_blocks;
    return blocks;
}

/* Whether the frame is one for image/baseline.h. */

static bool is_ordinary(const struct jpeg_decompress_struct *lib)
{
    bool gray = lib->num_components == 1 && lib->jpeg_color_space == JCS_GRAYSCALE &&
                lib->out_color_space == JCS_GRAYSCALE;
    bool color = lib->num_components == 3 && lib->jpeg_color_space == JCS_YCbCr &&
                 lib->out_color_space == JCS_RGB;
    return (gray || color) && !lib->progressive_mode && !lib->arith_code &&
           lib->data_precision == 8 && lib->comps_in_scan == lib->num_components &&
           !lib->CCIR601_sampling;
}

/* The only values that libjpeg takes without a warning. */
static bool is_whole_scan(const struct jpeg_decompress_struct *lib)
{
    return lib->Ss == 0 && lib->Se == DCTSIZE2 - 1 && lib->Ah == 0 && lib->Al == 0;
}

static bool has_number(int number, int count)
{
    return number >= 0 && number < count;
}

static struct baseline_code code_of(const JHUFF_TBL *table)
{
    return (struct baseline_code){.count = table->bits, .symbol = table->huffval};
}

static bool fill(const struct jpeg_decompress_struct *lib, const jpeg_component_info *info,
                 struct baseline_component *component)
{
    if (!has_number(info->quant_tbl_no, NUM_QUANT_TBLS) ||
        !has_number(info->dc_tbl_no, NUM_HUFF_TBLS) || !has_number(info->ac_tbl_no, NUM_HUFF_TBLS))
        return false;
    const JQUANT_TBL *quant = lib->quant_tbl_ptrs[info->quant_tbl_no];
    const JHUFF_TBL *dc = lib->dc_huff_tbl_ptrs[info->dc_tbl_no];
    const JHUFF_TBL *ac = lib->ac_huff_tbl_ptrs[info->ac_tbl_no];
    if (!quant || !dc || !ac)
        return false;
    *component = (struct baseline_component){
        .across = (unsigned)info->h_samp_factor,
        .down = (unsigned)info->v_samp_factor,
        .quant = quant->quantval,
        .dc_number = (unsigned)info->dc_tbl_no,
        .ac_number = (unsigned)info->ac_tbl_no,
        .dc = code_of(dc),
        .ac = code_of(ac),
    };
    return true;
}

/* The eighths of its sides at which the picture is wanted; 0 if it is none of those. */
static unsigned eighths_of(const struct jpeg_decompress_struct *lib)
{
    if (lib->scale_num == lib->scale_denom)
        return 8;
    bool known = lib->scale_denom == 8 &&
                 (lib->scale_num == 1 || lib->scale_num == 2 || lib->scale_num == 4);
    return known ? lib->scale_num : 0;
}

bool codec_jpeg_frame_ordinary(const struct jpeg_decompress_struct *lib,
                               struct baseline_frame *frame)
{
    if (!is_ordinary(lib) || !is_whole_scan(lib))
        return false;
    *frame = (struct baseline_frame){
        .width = lib->image_width,
        .height = lib->image_height,
        .restart_interval = lib->restart_interval,
        .eighths = eighths_of(lib),
        .components = (unsigned)lib->num_components,
    };
    if (frame->eighths == 0)
        return false;
    for (int i = 0; i < lib->num_components; i++)
        if (lib->cur_comp_info[i] != &lib->comp_info[i] ||
            !fill(lib, &lib->comp_info[i], &frame->component[i]))
            return false;
    return true;
}
