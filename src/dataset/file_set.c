#include "dataset/file_set.h"

#include <stdint.h>
#include <stdlib.h>

struct file_set_slot {
    uint64_t device, inode;
    bool used;
};

/* Inodes are often consecutive, devices nearly all the same: a multiplication by an odd constant
 * (2^64 over the golden ratio) and the high bits spread both well. */
static size_t first_slot(const struct stat *st, size_t capacity)
{
    uint64_t hash = ((uint64_t)st->st_ino ^ (uint64_t)st->st_dev << 40) * 0x9e3779b97f4a7c15;
    return (size_t)(hash >> 32) & (capacity - 1);
}

static struct file_set_slot *find(const struct file_set *set, const struct stat *st)
{
    size_t i = first_slot(st, set->capacity);
    while (set->slots[i].used &&
           (set->slots[i].device != st->st_dev || set->slots[i].inode != st->st_ino))
        i = (i + 1) & (set->capacity - 1);
    return &set->slots[i];
}

static void insert(struct file_set *set, const struct stat *st)
{
    struct file_set_slot *slot = find(set, st);
    set->count += !slot->used;
    *slot = (struct file_set_slot){.device = st->st_dev, .inode = st->st_ino, .used = true};
}

static bool grow(struct file_set *set)
{
    struct file_set larger = {.capacity = set->capacity ? 2 * set->capacity : 64};
    larger.slots = calloc(larger.capacity, sizeof *larger.slots);
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < set->capacity; i++) {
        struct stat st = {.st_dev = set->slots[i].device, .st_ino = set->slots[i].inode};
        if (set->slots[i].used)
            insert(&larger, &st);
    }
    free(set->slots);
    *set = larger;
    return true;
}

bool file_set_has(const struct file_set *set, const struct stat *st)
{
    return set->capacity && find(set, st)->used;
}

bool file_set_add(struct file_set *set, const struct stat *st)
{
    /* At most half full, so that a search is a step or two. */
    if (2 * set->count >= set->capacity && !grow(set))
        return false;
    insert(set, st);
    return true;
}

void file_set_free(struct file_set *set)
{
    free(set->slots);
    *set = (struct file_set){0};
}
