/*
 * journal: what a run has on disk already, so that a stopped one can go on.
 *
 * OUT.npy.journal lies beside OUT.npy.partial from the beginning of a run to its end. Its header
 * says what the run is: facts about program and options, and a mark of every input. Behind it come
 * groups of rows, each appended after the array's rows were made durable: so a row that the journal
 * names is on disk, whenever the machine stops. The journal itself is synced only where that is
 * asked for (journal_keep_durable); a group of which a part is missing or garbled, at its end, is
 * forgotten with all behind it, and its rows are made again.
 *
 * It is locked while it is open: two runs cannot write one output. Used by one thread at a time.
 * Adding rows takes no memory. Numbers are as the machine has them: a journal is read where it was
 * written. Knows: base, the rest of this room.
 */
#ifndef PIXSCALE_DATASET_JOURNAL_H
#define PIXSCALE_DATASET_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "dataset/index.h"
#include "dataset/manifest.h"

#define JOURNAL_SUFFIX  ".journal"
#define JOURNAL_NUMBERS 8 /* that the caller has kept with the rows */

struct journal;

enum journal_state {
    JOURNAL_NEW,      /* nothing was in it */
    JOURNAL_LEFT,     /* of a run that did not come to its end */
    JOURNAL_FINISHED, /* of a run that had everything on disk, but for the names at most */
};

/* What a run is, and what it must be again to go on. */
struct journal_identity {
    const char *facts; /* lines "name=value\n" */
    const struct manifest *manifest;
    uint64_t row_bytes;
};

/* Opens the journal of the output `path`, or creates an empty one, and locks it. NULL with an error
 * (output; usage when the file is no journal or its header is damaged, so that nobody can tell what
 * it is of): another run is writing, no permission, memory. */
struct journal *journal_open(const char *path, struct error *error);

/* What journal_open_left found. */
enum journal_found {
    JOURNAL_MISSING, /* nothing has that name */
    JOURNAL_BUSY,    /* a run is writing it */
    JOURNAL_DAMAGED, /* it is no journal, or nobody can tell what it is of */
    JOURNAL_UNREAD,  /* I/O, permission, memory */
    JOURNAL_THERE,
};

/* Opens the journal that a run of the output `path` left, to be read only, and locks it: neither is
 * one made nor is what is there changed, journal_resume included. NULL, with an error but where it
 * is missing; *found says why. */
struct journal *journal_open_left(const char *path, enum journal_found *found, struct error *error);

enum journal_state journal_state(const struct journal *journal);

/* The file's name, for messages. */
const char *journal_name(const struct journal *journal);

/* Rows that it tells of, and that are not to be tried again (after journal_resume). */
uint64_t journal_rows(const struct journal *journal);

/* Throws away what is in it: to be called before another array takes the place of the one that it
 * tells of, or a kill between the two would have the rows of the old one believed of the new. */
bool journal_clear(struct journal *journal, struct error *error);

/* Throws away what is in it and writes a header. Manifest and facts must outlive the journal. */
bool journal_begin(struct journal *journal, const struct journal_identity *identity,
                   struct error *error);

/* Goes on with what is in it: false with an error (usage) that says what differs, unless `identity`
 * is what it was. items[] (one for each input, zeroed) get what is done, INDEX_RECORDED. What
 * failed for a reason that may have gone (io, permission, changed, memory) is left out, to be tried
 * again, and may have changed since. `numbers` are those of the last group. */
bool journal_resume(struct journal *journal, const struct journal_identity *identity,
                    struct index_item *items, uint64_t numbers[JOURNAL_NUMBERS],
                    struct error *error);

/* Has journal_resume leave out nothing: of a run whose array has its name nothing is tried again.
 */
void journal_take_all(struct journal *journal);

/* From now on each group is on disk, too, when journal_seal returns. A machine that stops takes
 * with it what it has written in the last half a minute, or, as a client of a network file system,
 * in all the time that the file was open: a shard's work must not be lost with its machine. A
 * group is then refused (ESTALE), as are all after it, where the file was removed or another
 * process writes to it, which locks should have kept out and on some network file systems cannot.
 */
void journal_keep_durable(struct journal *journal);

/* Adds a row to the group in hand. */
void journal_add(struct journal *journal, uint32_t row, const struct index_item *item);

/* Ends the group: it counts from now on. The rows must be durable in the array. False with errno
 * when it could not be written, as on a full disk: then it never was, and the next one may be. */
bool journal_seal(struct journal *journal, const uint64_t numbers[JOURNAL_NUMBERS]);

/* Says that everything is on disk and only wants its name. As journal_seal. */
bool journal_finish(struct journal *journal, const uint64_t numbers[JOURNAL_NUMBERS]);

/* Unlocks and closes; removes the file unless it shall be kept. NULL is allowed. */
void journal_close(struct journal *journal, bool keep);

#endif
