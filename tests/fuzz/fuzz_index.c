/*
 * Any names and any outcomes, written as an index and read back by a reader of CSV that knows
 * RFC 4180 and nothing of the program: every line is one input, and every field is what went in.
 *
 * The first byte chooses the options; eight bytes an input follow, up to sixteen of them; the rest
 * are the names, NUL separated.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "dataset/index.h"
#include "dataset/manifest.h"
#include "fuzz_main.h"

#define MOST_INPUTS 16
#define ITEM_BYTES  8
#define COLUMNS     10

/* What a worker may have left: any status, any size, any of our reasons and many of others. */
static struct index_item make_item(const uint8_t *bytes)
{
    struct index_item item = {
        .bytes = (uint64_t)bytes[0] << (bytes[1] & 56),
        .width = bytes[2] ? (uint32_t)bytes[2] << (bytes[3] % 25) : 0,
        .height = 1u + bytes[3],
        .status = bytes[4] % STATUS_COUNT,
        .container = bytes[5] % (PICTURE_PNG + 1),
        .format = bytes[5] / 3 % PIXEL_FORMAT_COUNT,
        .done = bytes[4] < 224,
    };
    item.reason = (struct reason){.kind = bytes[6] % (REASON_PNG + 1),
                                  .code = bytes[7],
                                  .arg = {(int64_t)(bytes[1] * 0x0101010101010101u), bytes[0]}};
    if (item.reason.kind == REASON_OWN)
        item.reason.code %= REASON_CODE_COUNT;
    return item;
}

/* Takes one field off *text, unquoted in place. Returns what ended it: ',', '\n'. */
static char take_field(char **text, char **field)
{
    char *from = *text, *to = *text;
    *field = to;
    bool quoted = *from == '"';
    for (from += quoted;; from++) {
        require(*from != '\0');
        if (quoted && *from == '"' && *++from != '"')
            break; /* the closing quote: an end of the field must follow */
        if (!quoted && (*from == ',' || *from == '\n'))
            break;
        require(quoted || *from != '"');
        *to++ = *from;
    }
    char end = *from;
    require(end == ',' || end == '\n');
    *to = '\0';
    *text = from + 1;
    return end;
}

static void take_line(char **text, char *fields[COLUMNS], int columns)
{
    for (int c = 0; c < columns; c++)
        require(take_field(text, &fields[c]) == (c + 1 < columns ? ',' : '\n'));
}

static void require_number(const char *field, bool there, uint64_t number)
{
    char *end;
    errno = 0;
    require(there == (*field != '\0'));
    require(!there || (strtoull(field, &end, 10) == number && !*end && !errno && *field != '-'));
}

static void require_path(const char *field, const char *path)
{
    size_t room = strlen(field) + 1;
    char *back = malloc(room);
    require(back != NULL);
    require(index_unescape_path(field, back, room) && strcmp(back, path) == 0);
    free(back);
}

static void check_line(char *fields[COLUMNS], const struct manifest_entry *entry,
                       const struct index_item *item, const struct index_options *options,
                       uint64_t *row)
{
    static const char *const containers[] = {"", "jpeg", "png"};
    bool kept = item->done && status_has_pixels(item->status);
    bool numbered = kept || !options->drop_failed;
    require_number(fields[0], numbered, *row);
    *row += numbered;
    require_path(fields[1], entry->path);
    require(strcmp(fields[2], item->done ? status_name(item->status) : "") == 0);
    require_number(fields[3], item->width > 0, item->width);
    require_number(fields[4], item->width > 0, item->height);
    require(strcmp(fields[5], containers[item->container]) == 0);
    require(strcmp(fields[6], item->width ? pixel_layout(item->format)->mode : "") == 0);
    require_number(fields[7], true, item->bytes);
    for (const char *c = fields[8]; *c; c++)
        require((unsigned char)*c >= 0x20 && *c != 0x7f);
    require((item->reason.kind == REASON_NONE) == !*fields[8]);
}

static char *read_back(const char *path)
{
    FILE *file = fopen(path, "rb");
    require(file && fseek(file, 0, SEEK_END) == 0);
    long size = ftell(file);
    require(size > 0 && fseek(file, 0, SEEK_SET) == 0);
    char *text = malloc((size_t)size + 1);
    require(text && fread(text, 1, (size_t)size, file) == (size_t)size);
    fclose(file);
    require(!memchr(text, 0, (size_t)size));
    text[size] = '\0';
    return text;
}

static void check_index(const struct manifest *manifest, const struct index_item *items,
                        const struct index_options *options)
{
    char path[64], partial[80];
    snprintf(path, sizeof path, "/tmp/pixscale-fuzz-index-%ld", (long)getpid());
    snprintf(partial, sizeof partial, "%s.partial", path);
    struct error error = {.kind = ERROR_NONE};
    require(index_write(path, manifest, items, options, &error));
    char *text = read_back(partial), *at = text, *fields[COLUMNS];
    index_abandon(path);
    int columns = options->labels ? COLUMNS : COLUMNS - 1;
    uint64_t row = 0;
    take_line(&at, fields, columns);
    require(strcmp(fields[8], "reason") == 0);
    for (size_t i = 0; i < manifest->count; i++) {
        take_line(&at, fields, columns);
        check_line(fields, &manifest->entries[i], &items[i], options, &row);
        if (options->labels)
            require_path(fields[9], manifest_label_name(manifest, manifest->entries[i].label));
    }
    require(*at == '\0');
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 + ITEM_BYTES + 1)
        return 0;
    const struct index_options options = {.labels = data[0] & 1, .drop_failed = data[0] & 2};
    size_t inputs = 1 + (data[0] >> 2) % MOST_INPUTS;
    if (size <= 1 + inputs * ITEM_BYTES)
        inputs = (size - 2) / ITEM_BYTES;
    struct index_item items[MOST_INPUTS];
    for (size_t i = 0; i < inputs; i++)
        items[i] = make_item(data + 1 + i * ITEM_BYTES);
    const uint8_t *names = data + 1 + inputs * ITEM_BYTES;
    FILE *stream = fmemopen((void *)(uintptr_t)names, size - (size_t)(names - data), "r");
    require(stream != NULL);
    struct manifest manifest;
    struct error error = {.kind = ERROR_NONE};
    require(manifest_read_list(&manifest, stream, true, NULL, &error));
    fclose(stream);
    if (manifest.count > inputs)
        manifest.count = inputs;
    check_index(&manifest, items, &options);
    manifest_free(&manifest);
    return 0;
}
