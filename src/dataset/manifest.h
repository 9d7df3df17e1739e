/*
 * manifest: the list of inputs, in the order that gives each its row.
 *
 * Folders are walked recursively with openat and fdopendir, dotfiles left out, each folder visited
 * once (by device and inode; real folders before linked ones, names byte-wise sorted, so that which
 * path a folder is known by does not depend on the disk). A link to a folder that holds the link is
 * a loop and not followed. The result of folders and files is sorted byte-wise (strcmp); a list
 * keeps its order. Everything that is not a folder is an entry, also pipes and dangling links, and
 * so is a folder that cannot be read: a row of the output tells of each. A million names take
 * seconds and some 150 MB, all of it in a few large blocks. Few descriptors are open at a time,
 * however deep the tree; paths may be longer than PATH_MAX. Knows: base, OpenMP.
 */
#ifndef PIXSCALE_DATASET_MANIFEST_H
#define PIXSCALE_DATASET_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/error.h"

enum manifest_kind {
    MANIFEST_REGULAR,
    MANIFEST_FOLDER,  /* named in a list (`error` is 0) or unreadable (an errno): not walked */
    MANIFEST_SPECIAL, /* pipe, socket, device */
    MANIFEST_MISSING, /* stat failed; `error` says why */
};

struct manifest_entry {
    const char *path; /* owned by the manifest */
    uint64_t bytes;   /* size that the scan saw; 0 unless regular */
    int64_t mtime_ns; /* modification time that the scan saw, ns since 1970 */
    uint16_t kind;    /* enum manifest_kind */
    uint16_t error;   /* errno for MANIFEST_MISSING and unreadable folders, else 0 */
    uint32_t label;   /* number of the folder that holds the file, for --label-from folder; see
                         manifest_label_name */
};

struct manifest {
    struct manifest_entry *entries;
    size_t count;
    uint64_t bytes;       /* of all regular entries */
    uint32_t label_count; /* distinct names of holding folders, numbered in byte-wise order */
    struct manifest_store *store; /* private: the blocks of path bytes and label names */
};

struct manifest_options {
    const char *const *include; /* shell patterns for names met in a walk (fnmatch), or NULL: all */
    size_t include_count;
    /* Files that are never inputs, by device and inode, such as the output of an earlier run: left
     * out when met in a walk, an error when named as an operand or in a list. Of a folder all that
     * is below it is left out. */
    const struct manifest_file_id {
        uint64_t device, inode;
    } * exclude;
    size_t exclude_count;
    int threads; /* that ask the file system for sizes and times; 0 or 1: the caller alone */
    /* Called by the caller's thread now and then with how many inputs are known so far, and of how
     * many of them size and time; or NULL. */
    void (*progress)(void *user, size_t found, size_t asked);
    void *user;
};

/* Folders and files as named on the command line, walked and sorted; a path that is named twice is
 * one entry, and "dir//" gives the paths that "dir" gives. `options` may be NULL.
 * Errors (usage): an operand that does not exist, cannot be read or is excluded; (output): memory
 * or descriptors ran out. No input at all is not an error here. After an error the manifest is
 * empty.
 */
bool manifest_scan(struct manifest *manifest, const char *const *operands, size_t count,
                   const struct manifest_options *options, struct error *error);

/* A list of paths from a stream, one a line (or NUL separated with `zero`), in the order given;
 * empty lines are left out, a last line needs no end. Nothing is walked, no pattern is applied, and
 * what does not exist is an entry. The stream is not closed. Errors as above. */
bool manifest_read_list(struct manifest *manifest, FILE *stream, bool zero,
                        const struct manifest_options *options, struct error *error);

/* The modification time in the unit of manifest_entry, for whoever compares. */
int64_t manifest_mtime_ns(const struct stat *st);

/* Name of the folder that label `label` stands for, without the folders above it ("" for files that
 * are named without one). Below label_count only. */
const char *manifest_label_name(const struct manifest *manifest, uint32_t label);

/* Frees all of it; an empty or zeroed manifest is fine. */
void manifest_free(struct manifest *manifest);

#endif
