/*
 * Writes arrays and indexes of a known pattern, for tests/parity/test_npy.py and test_index.py to
 * read back.
 *
 *   dataset_tool npy OUT DESCR ITEM_SIZE ROWS [SIZE…]    rows 4, 9, 14, … are never written
 *   dataset_tool kept OUT DESCR ITEM_SIZE ROWS [SIZE…]   and of it all rows but 0, 3, 6, …
 *   dataset_tool index OUT LIST FLAGS                    LIST is NUL separated; FLAGS of "ld"
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataset/index.h"
#include "dataset/npy.h"

const char *__wrap_reason_text(const struct reason *reason, char *text, size_t size);

/* Instead of the program's own sentences, what a CSV writer may stumble over. */
const char *__wrap_reason_text(const struct reason *reason, char *text, size_t size)
{
    static const char *const texts[] = {"", "plain", "a, b", "say \"no\"", "\"", ",", "a\nb"};
    snprintf(text, size, "%s", texts[reason->code]);
    return text;
}

static int fail(const struct error *error)
{
    fprintf(stderr, "dataset_tool: %s\n", error->text);
    return 1;
}

static bool write_rows(struct npy *npy, uint64_t rows)
{
    size_t bytes = npy_row_bytes(npy);
    unsigned char *row = malloc(bytes + 1);
    bool ok = row;
    /* Last first, as threads finish in any order. */
    for (uint64_t i = rows; ok && i-- > 0;) {
        for (size_t k = 0; k < bytes; k++)
            row[k] = (unsigned char)(7 * i + 13 * k + 1);
        if (i % 5 != 4)
            ok = npy_write_row(npy, i, row);
    }
    free(row);
    return ok;
}

static struct npy *keep_some(struct npy *npy, const char *path, uint64_t rows, struct error *error)
{
    uint8_t *keep = malloc(rows + 1);
    struct npy *kept = NULL;
    if (keep) {
        for (uint64_t i = 0; i < rows; i++)
            keep[i] = i % 3 != 0;
        kept = npy_copy_kept(npy, path, keep, error);
    }
    free(keep);
    npy_abandon(npy);
    return kept;
}

static int write_npy(int argc, char **argv, bool kept)
{
    struct npy_shape shape = {
        .descr = argv[3], .item_size = strtoul(argv[4], NULL, 10), .dimensions = argc - 5};
    for (int i = 0; i < shape.dimensions; i++)
        shape.size[i] = strtoull(argv[5 + i], NULL, 10);
    struct error error = {0};
    struct npy *npy = npy_create(argv[2], &shape, &error);
    if (!npy)
        return fail(&error);
    if (!write_rows(npy, shape.size[0])) {
        npy_abandon(npy);
        return 1;
    }
    if (kept && !(npy = keep_some(npy, argv[2], shape.size[0], &error)))
        return fail(&error);
    return npy_commit(npy, true, &error) ? 0 : fail(&error);
}

static bool write_index_of(const struct manifest *manifest, const char *path, const char *flags,
                           struct error *error)
{
    struct index_item *items = calloc(manifest->count + 1, sizeof *items);
    if (!items)
        return false;
    for (size_t i = 0; i < manifest->count; i++)
        items[i] = (struct index_item){.bytes = i * 0x123456789,
                                       .reason = {.code = (uint16_t)(i % 7)},
                                       .width = (uint32_t)(i % 4 * 1000),
                                       .height = (uint32_t)i + 1,
                                       .status = (uint8_t)(i % STATUS_COUNT),
                                       .container = (uint8_t)(i % 3),
                                       .format = (uint8_t)(i % PIXEL_FORMAT_COUNT),
                                       .done = i % 11 != 10};
    struct index_options options = {.labels = strchr(flags, 'l'),
                                    .drop_failed = strchr(flags, 'd')};
    bool ok = index_write(path, manifest, items, &options, error) && index_sync(path, error) &&
              index_commit(path, true, error);
    free(items);
    return ok;
}

static int write_index(char **argv)
{
    struct error error = {0};
    struct manifest manifest;
    FILE *list = fopen(argv[3], "r");
    if (!list)
        return 1;
    bool ok = manifest_read_list(&manifest, list, true, NULL, &error);
    fclose(list);
    if (!ok)
        return fail(&error);
    ok = write_index_of(&manifest, argv[2], argv[4], &error);
    manifest_free(&manifest);
    return ok ? 0 : fail(&error);
}

int main(int argc, char **argv)
{
    if (argc >= 6 && argc <= 9 && strcmp(argv[1], "npy") == 0)
        return write_npy(argc, argv, false);
    if (argc >= 6 && argc <= 9 && strcmp(argv[1], "kept") == 0)
        return write_npy(argc, argv, true);
    if (argc == 5 && strcmp(argv[1], "index") == 0)
        return write_index(argv);
    fprintf(stderr, "usage: see the head of tests/unit/dataset_tool.c\n");
    return 2;
}
