/*
 * shard_set: the folder in which processes, on one machine or many, make one array together.
 *
 * For OUT.npy it is OUT.npy.shards, on a file system that all of them see:
 *     set              what all must agree on, and the command that began it: lines of text
 *     inputs           what that list is made of, where it is the folder's own
 *     manifest         the frozen list of inputs, unless the user named one (run --manifest)
 *     array.npy        the array; every shard writes its own slots. Or, where they are separate:
 *     K-of-N.npy       the rows of shard K
 *     K-of-N.journal   what shard K has on disk (dataset/journal.h), kept when it is done
 *     merged           the mark of the array that a merge is about to give its name
 * Whoever comes first makes a file, under a name of its own, and gives it the common name in one
 * step that fails where another was faster (file_publish); so no lock is needed that hosts would
 * have to share. Merging removes the folder; removing it by hand begins anew.
 * Knows: base, dataset.
 */
#ifndef PIXSCALE_SHARD_SHARD_SET_H
#define PIXSCALE_SHARD_SHARD_SET_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "base/ranges.h"
#include "dataset/npy.h"
#include "shard/shard.h"

#define SHARD_SET_SUFFIX ".shards"

struct shard_set {
    char *output; /* the array's final name, as it was given */
    char *folder; /* output + SHARD_SET_SUFFIX */
    char *agreed; /* of the file `set`: lines "name=value\n" that all shards share; NULL until
                     joined or read */
    char *told;   /* its second part: lines that need not be equal */
};

/* Names only; nothing is looked for. False without memory. */
bool shard_set_name(struct shard_set *set, const char *output, struct error *error);
void shard_set_free(struct shard_set *set);

/* Whether the folder is there. */
bool shard_set_exists(const struct shard_set *set);

/* Makes the folder unless it is there. */
bool shard_set_make(struct shard_set *set, struct error *error);

/* Says what the folder's list of inputs is made of, before it is made: lines "name=value\n". False
 * (usage) with what differs where somebody has said otherwise, though he may have been stopped
 * before he wrote the list, or behind it. */
bool shard_set_claim(const struct shard_set *set, const char *inputs, struct error *error);

/* Joins: writes the file `set`, or holds `agreed` against the one that is there. False (usage) with
 * what differs. Afterwards set->agreed and set->told are those of the file. */
bool shard_set_join(struct shard_set *set, const char *agreed, const char *told,
                    struct error *error);

/* Reads the file. False: usage where there is no set, or its file is none; output for I/O. */
bool shard_set_read(struct shard_set *set, struct error *error);

/* The value of a line of either part, for the caller to free; NULL where there is none. Of the
 * agreed part: "shards" (n), "rows" (of all), "manifest" (its hash, 16 hexadecimal digits), "array"
 * ("shared" or "separate"), "index" (the file's name), and all of cli/run_facts.h with its dashes
 * ("--on-error": "drop", or "zero or fail"; "--label-from"). Of the told part: "manifest-file"
 * (absolute, where the user named one), "folder" (the working directory), "command" (words for a
 * shell, without --shard), "max-failures" (a share, or "none"), "id" (of the set, 16 hexadecimal
 * digits), "shape" (of a row: "64,64,3"), "descr" ("|u1"). */
char *shard_set_value(const struct shard_set *set, const char *name);
uint64_t shard_set_number(const struct shard_set *set,
                          const char *name); /* 0 where there is none */

/* Writes a line for either part, the value escaped as in the index, which shard_set_value undoes.
 * False without memory. */
bool shard_set_line(FILE *stream, const char *name, const char *value);

/* Paths in the folder, for the caller to free; NULL without memory. */
char *shard_set_file(const struct shard_set *set, const char *name);
char *shard_set_temporary(const struct shard_set *set, const char *name); /* another each time */
char *shard_set_array(const struct shard_set *set, struct shard shard);   /* K-of-N.npy */
char *shard_set_journal(const struct shard_set *set, struct shard shard); /* K-of-N.npy.journal, as
                        journal_open makes it of shard_set_array */

/* The frozen list: the user's or the folder's own. For the caller to free. */
char *shard_set_manifest(const struct shard_set *set);

/* The facts that the journal of a shard holds: the agreed ones, which rows it has, and the id of
 * the set, so that rows of one that was removed are not believed of another. Nothing in them
 * depends on the host: file systems across a network number inodes anew for each. For the caller to
 * free. */
char *shard_set_facts(const struct shard_set *set, struct shard shard, struct range rows);

/* Whether a shard has begun its journal, which it does when the array is there. */
bool shard_set_begun(const struct shard_set *set);

/* The shape of the array of `rows` rows. False (usage) when the set does not tell it. */
bool shard_set_shape(const struct shard_set *set, uint64_t rows, struct npy_shape *shape,
                     char descr[8], struct error *error);

/* The command that makes a shard, or goes on with it, to be pasted into a shell anywhere: for the
 * caller to free. */
char *shard_set_command(const struct shard_set *set, struct shard shard);

/* Removes what the set has, and the folder. What does not belong to it stays, and so does the
 * folder then; that is no error. */
void shard_set_remove(struct shard_set *set);

#endif
