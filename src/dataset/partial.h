/*
 * partial: an output that has its name only once it is complete.
 *
 * It is written as PATH plus a suffix in the same folder, made durable, and renamed. Nothing ever
 * stands under PATH that was not finished. Knows: base.
 */
#ifndef PIXSCALE_DATASET_PARTIAL_H
#define PIXSCALE_DATASET_PARTIAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/error.h"

#define PARTIAL_SUFFIX ".partial"

/* Whether an output can take the name `path`: false with an error (output) if a folder, a device or
 * a link has it, which a rename must not replace, or the holding folder is missing. A file may be
 * there. Costs a stat or two; meant to be asked before hours of work. */
bool partial_check(const char *path, struct error *error);

/* PATH + suffix, for the caller to free. NULL with an error when memory ran out. */
char *partial_name(const char *path, const char *suffix, struct error *error);

/* Checks `path` and creates the empty file `partial` for reading and writing; what an earlier run
 * left under that name is removed first. It is locked as long as it is open: while a run is writing
 * `partial`, another one is refused. A descriptor, or -1 with an error (output). */
int partial_create(const char *path, const char *partial, struct error *error);

/* Opens `partial`, which an earlier run left, for reading and writing, and locks it as
 * partial_create does. A descriptor, or -1 with an error (output): a run is writing it, or it is no
 * plain file. */
int partial_reopen(const char *path, const char *partial, struct error *error);

/* fsync, once: what the kernel could not write after a failed one is lost, whatever a second one
 * says. */
bool partial_sync(int fd, const char *path, struct error *error);

/* By what a file is known again after it was renamed, if nobody has written to it: its inode and
 * its time. */
uint64_t partial_mark(const struct stat *st);

/* Renames `partial` to `path` and makes that durable. A file that has the name is replaced, or,
 * without `replace`, stays what it is, and that is a failure: somebody made it since the name was
 * asked for. On failure nothing of ours is left under `path`, nor under `partial` unless it shall
 * be kept: then it has one of the two names in any case. */
bool partial_rename(const char *partial, const char *path, bool replace, bool keep,
                    struct error *error);

#endif
