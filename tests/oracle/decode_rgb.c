/*
 * decode_rgb: decodes the files named on stdin, one a line, and writes for each a line
 *     STATUS ROWS WIDTH HEIGHT REASON
 * and then, where rows came, that many rows of RGB (or of one channel with `luma`). All files go
 * through one state of each decoder, so that what one leaves behind would show in the next.
 *
 * Usage: decode_rgb [accept] [luma] [over R G B] [high]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "image/codec.h"
#include "image/convert.h"

struct tool {
    struct codec_limits limits;
    struct convert_options options;
    void *state[CODEC_COUNT];
    struct buffer file, rows, out;
};

static bool parse(struct tool *tool, int argc, char **argv)
{
    tool->limits.max_pixels = 178956970;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "accept") == 0) {
            tool->limits.accept_truncated = true;
        } else if (strcmp(argv[i], "luma") == 0) {
            tool->options.luma = true;
        } else if (strcmp(argv[i], "high") == 0) {
            tool->options.gray16_high = true;
        } else if (strcmp(argv[i], "over") == 0 && i + 3 < argc) {
            tool->options.blend = true;
            for (int c = 0; c < 3; c++)
                tool->options.background[c] = (uint8_t)atoi(argv[++i]);
        } else {
            return false;
        }
    }
    return true;
}

static long read_file(struct tool *tool, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END))
        return -1;
    long size = ftell(file);
    rewind(file);
    bool ok = size >= 0 && buffer_reserve(&tool->file, (size_t)size + 1) &&
              fread(tool->file.data, 1, (size_t)size, file) == (size_t)size;
    fclose(file);
    return ok ? size : -1;
}

/* Pulls rows in uneven strips. A row of one channel is spread to three unless luma was asked for.
 */
static enum status pull(struct tool *tool, const struct codec *codec, void *state,
                        const struct picture *picture, unsigned *rows, struct reason *why)
{
    size_t row_bytes = pixel_row_bytes(picture->format, picture->width) + CODEC_ROW_SLACK;
    unsigned channels = tool->options.luma ? 1 : 3;
    size_t out_bytes = (size_t)picture->width * channels;
    struct convert convert;
    convert_prepare(&convert, picture, &tool->options);
    *rows = 0;
    if (!buffer_reserve(&tool->rows, 8 * row_bytes) ||
        !buffer_reserve(&tool->out, out_bytes * picture->height))
        return STATUS_MEMORY;
    enum status status = STATUS_OK;
    for (unsigned turn = 0; *rows < picture->height && status == STATUS_OK; turn++) {
        uint8_t *row[8];
        unsigned count = turn % 8 + 1, got;
        for (unsigned i = 0; i < 8; i++)
            row[i] = tool->rows.data + i * row_bytes;
        if (count > picture->height - *rows)
            count = picture->height - *rows;
        status = codec->rows(state, row, count, &got, why);
        for (unsigned i = 0; i < got; i++, ++*rows) {
            uint8_t *out = tool->out.data + *rows * out_bytes;
            convert.row(&convert, row[i], out, picture->width);
            for (size_t x = picture->width; channels > convert.channels && x-- > 0;)
                memset(out + 3 * x, out[x], 3);
        }
    }
    return status == STATUS_OK ? codec->finish(state, why) : status;
}

static void decode(struct tool *tool, const char *path)
{
    struct reason why = {0};
    struct picture picture = {0};
    enum status status = STATUS_IO;
    unsigned rows = 0;
    char text[512];
    long size = read_file(tool, path);
    if (size >= 0) {
        status = STATUS_FORMAT;
        for (int i = 0; i < CODEC_COUNT; i++) {
            const struct codec *codec = codec_table[i];
            void *state = tool->state[i];
            if (!codec->sniff(tool->file.data, (size_t)size))
                continue;
            status =
                codec->open(state, tool->file.data, (size_t)size, &tool->limits, &picture, &why);
            if (status == STATUS_OK)
                status = codec->start(state, &why);
            if (status == STATUS_OK)
                status = pull(tool, codec, state, &picture, &rows, &why);
            codec->close(state);
            break;
        }
    }
    printf("%s %u %u %u %s\n", status_name(status), rows, picture.width, picture.height,
           reason_text(&why, text, sizeof text));
    fwrite(tool->out.data, tool->options.luma ? 1 : 3, (size_t)picture.width * rows, stdout);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct tool tool = {0};
    char path[4096];
    if (!parse(&tool, argc, argv))
        return 2;
    for (int i = 0; i < CODEC_COUNT; i++)
        tool.state[i] = codec_table[i]->create ? codec_table[i]->create() : NULL;
    while (fgets(path, sizeof path, stdin)) {
        path[strcspn(path, "\n")] = '\0';
        decode(&tool, path);
    }
    for (int i = 0; i < CODEC_COUNT; i++)
        if (codec_table[i]->destroy)
            codec_table[i]->destroy(tool.state[i]);
    buffer_free(&tool.file);
    buffer_free(&tool.rows);
    buffer_free(&tool.out);
    return 0;
}
