/*
 * journal_file: how a journal lies on disk. Private to the files journal*.c.
 *
 *     head, facts, a mark for each input; then batches: head, rows
 *
 * Head and batches carry a CRC-32 of themselves. A group is one batch or, when it is long, several,
 * of which all but the last say that more follow.
 * Knows: dataset/journal.h.
 */
#ifndef PIXSCALE_DATASET_JOURNAL_FILE_H
#define PIXSCALE_DATASET_JOURNAL_FILE_H

#include "dataset/journal.h"
#include "dataset/manifest_hash.h"

#define JOURNAL_MAGIC "PXJRNL\1\n" /* the digit is the version of what follows */
#define JOURNAL_ROWS  1024         /* in a batch: some 60 KB, one write */
#define JOURNAL_FACTS 65536        /* bytes of facts at most */
#define JOURNAL_SPARE 65536        /* reserved for the heads of short batches */

struct journal_head {
    char magic[8];
    uint32_t crc;        /* of the head with this at 0, facts and marks */
    uint32_t fact_bytes; /* without a terminating zero */
    uint64_t rows;
    uint64_t row_bytes;
};

enum { JOURNAL_BATCH_MAGIC = 0x48435442 }; /* "BTCH" */
enum journal_flag { JOURNAL_MORE = 1, JOURNAL_END = 2 };

struct journal_row {
    uint32_t row;
    uint32_t file; /* the mark of the file that was read */
    uint64_t bytes;
    struct reason reason;
    uint32_t width, height;
    uint8_t status, container, format;
    uint8_t reserved[5];
};

struct journal_batch {
    uint32_t magic;
    uint32_t crc; /* of all that follows, of `count` rows */
    uint32_t count, flags;
    uint64_t numbers[JOURNAL_NUMBERS];
    struct journal_row row[JOURNAL_ROWS];
};

struct journal {
    int fd;
    char *path, *name; /* of the output, of the journal */
    enum journal_state state;
    struct journal_head head;
    uint64_t end;     /* where the next group goes; behind it nothing counts */
    uint64_t rows;    /* told of */
    uint64_t written; /* bytes of the group in hand that are behind `end` */
    bool failed;      /* the group in hand */
    bool lost;        /* it was removed, or somebody else writes to it */
    bool durable;     /* each group is synced */
    bool all;         /* nothing is to be tried again */
    bool read_only;   /* opened for what is in it */
    uint64_t in_hand; /* rows of the group in hand */
    const struct manifest *manifest;
    struct journal_batch batch;
};

/* Reads exactly so many bytes at an offset. */
bool journal_file_read(const struct journal *journal, void *data, size_t bytes, uint64_t at);

/* Where the first batch is. */
uint64_t journal_file_start(const struct journal_head *head);

/* Reserves disk for the rows that are still to come: a disk that others fill up meanwhile must not
 * keep a run from saying what it has done. False with errno. */
bool journal_file_reserve(const struct journal *journal);

/* Reads the batch at *at into journal->batch and moves *at behind it. False where there is none, or
 * not a whole one. */
bool journal_file_next(struct journal *journal, uint64_t *at);

/* Reads the header, and finds where the last whole group ends. False with an error. */
bool journal_file_scan(struct journal *journal, struct error *error);

/* Whether an input failed for a reason that may have gone when the run goes on. */
bool journal_file_is_tried_again(unsigned status);

/* CRC-32 of head, facts and marks. */
uint32_t journal_file_crc(const struct journal_head *head, const char *facts,
                          const struct manifest_mark *marks);

#endif
