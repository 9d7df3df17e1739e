#include "dataset/manifest_labels.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dataset/manifest_store.h"

struct name {
    const char *text; /* part of a path, so not terminated */
    size_t length;
};

/* Distinct names in the order met, and a hash table of their numbers. */
struct table {
    struct name *names;
    size_t count;
    uint32_t *slots; /* number + 1; 0 is free */
    size_t capacity; /* of slots: a power of two; names has room for half as many */
};

/* The last component of the folder part of a path; "." says nothing, so "./x" is like "x". */
static struct name holder_of(const char *path)
{
    const char *end = strrchr(path, '/');
    while (end) {
        while (end > path && end[-1] == '/')
            end--;
        const char *begin = end;
        while (begin > path && begin[-1] != '/')
            begin--;
        size_t length = (size_t)(end - begin);
        if (length != 1 || *begin != '.')
            return (struct name){.text = begin, .length = length};
        end = begin > path ? begin - 1 : NULL;
    }
    return (struct name){.text = path, .length = 0};
}

static bool same(const struct name *a, const struct name *b)
{
    return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}

/* FNV-1a, 64 bit (Fowler, Noll, Vo). */
static size_t hash(const struct name *name)
{
    uint64_t value = 0xcbf29ce484222325;
    for (size_t i = 0; i < name->length; i++)
        value = (value ^ (uint8_t)name->text[i]) * 0x100000001b3;
    return (size_t)(value ^ value >> 32);
}

static uint32_t *find(const struct table *table, const struct name *name)
{
    size_t mask = table->capacity - 1, i = hash(name) & mask;
    while (table->slots[i] && !same(&table->names[table->slots[i] - 1], name))
        i = (i + 1) & mask;
    return &table->slots[i];
}

static bool grow(struct table *table)
{
    size_t capacity = table->capacity ? 2 * table->capacity : 64;
    uint32_t *slots = calloc(capacity, sizeof *slots);
    struct name *names = reallocarray(table->names, capacity / 2, sizeof *names);
    if (names)
        table->names = names;
    if (!slots || !names) {
        free(slots);
        return false;
    }
    free(table->slots);
    table->slots = slots;
    table->capacity = capacity;
    for (size_t i = 0; i < table->count; i++)
        *find(table, &table->names[i]) = (uint32_t)i + 1;
    return true;
}

/* Gives each entry the number of its holder in order of appearance. */
static bool collect(struct table *table, struct manifest *manifest)
{
    uint32_t number = 0;
    for (size_t i = 0; i < manifest->count; i++) {
        struct name name = holder_of(manifest->entries[i].path);
        /* Sorted paths mostly have the holder of the one before. */
        if (i == 0 || !same(&name, &table->names[number])) {
            if (2 * table->count >= table->capacity && !grow(table))
                return false;
            uint32_t *slot = find(table, &name);
            if (!*slot) {
                table->names[table->count] = name;
                *slot = (uint32_t)++table->count;
            }
            number = *slot - 1;
        }
        manifest->entries[i].label = number;
    }
    return true;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Copies the names, sorted, and gives the entries their final numbers. */
static bool number_in_order(const struct table *table, struct manifest *manifest)
{
    struct manifest_store *store = manifest->store;
    store->labels = calloc(table->count, sizeof *store->labels);
    uint32_t *rank = calloc(table->count, sizeof *rank);
    bool ok = store->labels && rank;
    for (size_t i = 0; ok && i < table->count; i++) {
        const struct name *name = &table->names[i];
        ok = (store->labels[i] = manifest_store_text(store, name->text, name->length, NULL));
    }
    if (ok) {
        qsort(store->labels, table->count, sizeof *store->labels, compare_texts);
        for (size_t i = 0; i < table->count; i++) {
            struct name name = {.text = store->labels[i], .length = strlen(store->labels[i])};
            rank[*find(table, &name) - 1] = (uint32_t)i;
        }
        for (size_t i = 0; i < manifest->count; i++)
            manifest->entries[i].label = rank[manifest->entries[i].label];
        manifest->label_count = (uint32_t)table->count;
    }
    free(rank);
    return ok;
}

bool manifest_labels_assign(struct manifest *manifest, struct error *error)
{
    if (manifest->count == 0)
        return true;
    struct table table = {0};
    bool ok = collect(&table, manifest) && number_in_order(&table, manifest);
    free(table.names);
    free(table.slots);
    return ok || manifest_store_no_memory(error);
}
