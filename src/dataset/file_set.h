/*
 * file_set: a set of files, each known by device and inode.
 *
 * Private to the manifest's files: which folders the walk has been in. Knows: libc.
 */
#ifndef PIXSCALE_DATASET_FILE_SET_H
#define PIXSCALE_DATASET_FILE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/* All zeros is the empty set. */
struct file_set {
    struct file_set_slot *slots;
    size_t count, capacity; /* capacity is 0 or a power of two */
};

bool file_set_has(const struct file_set *set, const struct stat *st);

/* Adds a file that may be there already. False when memory ran out. */
bool file_set_add(struct file_set *set, const struct stat *st);

void file_set_free(struct file_set *set);

#endif
