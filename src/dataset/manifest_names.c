#include "dataset/manifest_names.h"

#include <stdlib.h>
#include <string.h>

#include "dataset/manifest_store.h"

bool manifest_names_push(struct manifest_names *names, const char *text, struct error *error)
{
    if (names->count == names->capacity) {
        size_t capacity = names->capacity ? 2 * names->capacity : 64;
        void *grown = reallocarray(names->text, capacity, sizeof *names->text);
        if (!grown)
            return manifest_store_no_memory(error);
        names->text = grown;
        names->capacity = capacity;
    }
    names->text[names->count++] = text;
    return true;
}

void manifest_names_free(struct manifest_names *names)
{
    free(names->text);
    *names = (struct manifest_names){0};
}

static int compare_backwards(const void *a, const void *b)
{
    return strcmp(*(const char *const *)b, *(const char *const *)a);
}

void manifest_names_sort(struct manifest_names *names, size_t begin)
{
    if (names->count - begin > 1)
        qsort(names->text + begin, names->count - begin, sizeof *names->text, compare_backwards);
}
