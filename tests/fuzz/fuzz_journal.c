/*
 * Any bytes as the journal of a stopped run: it is refused in one clean line, or a run can go on
 * with it, and what is added then is found again by the next one.
 *
 * The first byte chooses what is put right before: 1 checksums, 2 the header, 4 the marks of files
 * in the rows. With all of them right the bytes are the groups of a run that somebody else has made
 * up.
 */
#include <fcntl.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dataset/journal_file.h"
#include "fuzz_main.h"

#define INPUTS 3

enum { RIGHT_SUMS = 1, RIGHT_HEADER = 2, RIGHT_MARKS = 4 };

static char output[64], name[80]; /* of the array, of its journal */
static struct manifest manifest;
static struct journal_identity identity = {
    .facts = "program=1\nsize=64x64\n", .manifest = &manifest, .row_bytes = 12288};

static void set_up(void)
{
    char list[] = "a.jpg\nb/c.png\nd\n";
    struct error error;
    FILE *stream = fmemopen(list, sizeof list - 1, "r");
    require(stream && manifest_read_list(&manifest, stream, false, NULL, &error));
    require(manifest.count == INPUTS);
    fclose(stream);
    snprintf(output, sizeof output, "%s/pixscale-fuzz-%ld.npy",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", (long)getpid());
    snprintf(name, sizeof name, "%s" JOURNAL_SUFFIX, output);
}

/* From batch to batch, as far as they make sense. */
static void repair(uint8_t *data, size_t size, unsigned choice)
{
    static struct journal_batch batch;
    const size_t head = offsetof(struct journal_batch, row),
                 checked = offsetof(struct journal_batch, count);
    for (size_t at = 0; size - at >= head;) {
        size_t room = (size - at - head) / sizeof *batch.row;
        memcpy(&batch, data + at, head);
        if (batch.count > room || batch.count > JOURNAL_ROWS)
            return;
        size_t bytes = head + batch.count * sizeof *batch.row;
        memcpy(&batch, data + at, bytes);
        for (uint32_t i = 0; choice & RIGHT_MARKS && i < batch.count; i++)
            if (batch.row[i].row < INPUTS)
                batch.row[i].file = manifest_mark(&manifest.entries[batch.row[i].row]).file;
        batch.magic = JOURNAL_BATCH_MAGIC;
        batch.crc = libdeflate_crc32(0, &batch.count, bytes - checked);
        memcpy(data + at, &batch, bytes);
        at += bytes;
    }
}

/* Leaves the journal in its place. */
static void leave(const uint8_t *data, size_t size, unsigned choice)
{
    struct error error = {.kind = ERROR_NONE};
    uint8_t *copy = malloc(size + 1);
    require(copy != NULL);
    memcpy(copy, data, size);
    unlink(name);
    if (choice & RIGHT_HEADER) {
        struct journal *journal = journal_open(output, &error);
        require(journal && journal_begin(journal, &identity, &error));
        journal_close(journal, true);
        if (choice & RIGHT_SUMS)
            repair(copy, size, choice);
    }
    int fd = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    require(fd >= 0 && write(fd, copy, size) == (ssize_t)size);
    close(fd);
    free(copy);
}

static void check_error(const struct error *error)
{
    require(error->kind == ERROR_USAGE && error->text[0]);
    for (const char *c = error->text; *c; c++)
        require((unsigned char)*c >= 0x20 && *c != 0x7f);
}

/* Items that an index can be written of. */
static void check_items(const struct index_item items[INPUTS])
{
    struct error error = {.kind = ERROR_NONE};
    char index[80], reason[512];
    for (int i = 0; i < INPUTS; i++) {
        require(items[i].done == 0 || items[i].done == INDEX_RECORDED);
        require(items[i].status < STATUS_COUNT && items[i].status != STATUS_IO);
        reason_text(&items[i].reason, reason, sizeof reason);
        for (const char *c = reason; *c; c++)
            require((unsigned char)*c >= 0x20 && *c != 0x7f);
    }
    snprintf(index, sizeof index, "%s.csv", output);
    require(index_write(index, &manifest, items, &(struct index_options){0}, &error));
    index_abandon(index);
}

static uint64_t count_done(const struct index_item items[INPUTS])
{
    uint64_t count = 0;
    for (int i = 0; i < INPUTS; i++)
        count += items[i].done != 0;
    return count;
}

/* Opens what lies there; false when it is refused. */
static bool take(struct journal **journal, struct index_item items[INPUTS], uint64_t *numbers)
{
    struct error error = {.kind = ERROR_NONE};
    memset(items, 0, INPUTS * sizeof *items);
    *journal = journal_open(output, &error);
    if (!*journal) {
        check_error(&error);
        return false;
    }
    if (journal_state(*journal) != JOURNAL_NEW &&
        journal_resume(*journal, &identity, items, numbers, &error)) {
        require(journal_rows(*journal) == count_done(items));
        check_items(items);
        return true;
    }
    if (journal_state(*journal) != JOURNAL_NEW)
        check_error(&error);
    journal_close(*journal, true);
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t numbers[JOURNAL_NUMBERS], again[JOURNAL_NUMBERS];
    struct index_item items[INPUTS], later[INPUTS];
    struct journal *journal;
    if (!manifest.count)
        set_up();
    if (size < 1)
        return 0;
    leave(data + 1, size - 1, data[0]);
    if (take(&journal, items, numbers)) {
        items[1] = (struct index_item){
            .bytes = 7, .width = 1, .height = 2, .container = PICTURE_PNG, .done = INDEX_RECORDED};
        numbers[0] = 42;
        journal_add(journal, 1, &items[1]);
        require(journal_seal(journal, numbers));
        journal_close(journal, true);
        require(take(&journal, later, again));
        require(memcmp(items, later, sizeof items) == 0);
        require(memcmp(numbers, again, sizeof numbers) == 0);
        journal_close(journal, true);
    }
    unlink(name);
    return 0;
}
