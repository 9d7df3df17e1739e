#include "report/replay_alike.h"

#include <stdlib.h>
#include <string.h>

static bool same(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

static bool begins(const char *word, const char *with)
{
    return strncmp(word, with, strlen(with)) == 0;
}

/* Whether the word, with blanks or the end behind it, chooses order or schedule: 1; with a value
 * that is the next word: 2; else 0. */
static int chooses_loop(const char *word, size_t length)
{
    static const char *const alone[] = {"order=", "--order=", "--schedule="};
    static const char *const before[] = {"--order", "--schedule"};
    for (size_t i = 0; i < sizeof alone / sizeof *alone; i++)
        if (begins(word, alone[i]))
            return 1;
    for (size_t i = 0; i < sizeof before / sizeof *before; i++)
        if (strlen(before[i]) == length && begins(word, before[i]))
            return 2;
    return 0;
}

/* Options or a command but for order and schedule, which a measured run may have of its own. NULL
 * without memory. */
static char *without_loop(const char *text)
{
    const char *word = text ? text : "";
    char *kept = calloc(strlen(word) + 2, 1), *to = kept;
    for (int skip = 0; kept && *(word += strspn(word, " "));) {
        size_t length = strcspn(word, " ");
        skip = skip ? skip : chooses_loop(word, length);
        if (skip) {
            skip--;
        } else {
            memcpy(to, word, length);
            to += length;
            *to++ = ' ';
        }
        word += length;
    }
    return kept;
}

/* Whether they are alike but for the loop. */
static bool same_words(const char *a, const char *b)
{
    char *x = without_loop(a), *y = without_loop(b);
    bool equal = x && y && strcmp(x, y) == 0;
    free(x);
    free(y);
    return equal;
}

/* What differs in the work, or NULL; not whether it is all of it. */
static const char *difference(const struct record *a, const struct record *b)
{
    bool hashed = a->manifest_hash && b->manifest_hash;
    if (!same(a->kind, b->kind))
        return "kind of run";
    if (!same_words(a->options, b->options))
        return "set of options";
    if (hashed ? !same(a->manifest_hash, b->manifest_hash) : !same_words(a->command, b->command))
        return hashed ? "list of inputs" : "command";
    if (!same(a->cpu_model, b->cpu_model))
        return "CPU model";
    if (!same(a->tool_version, b->tool_version) || !same(a->tool_git, b->tool_git))
        return "version of pixscale";
    return NULL;
}

bool replay_alike(const struct record *a, const struct record *b)
{
    return !difference(a, b) && a->items == b->items && same(a->host_name, b->host_name);
}

const char *replay_alike_shard(const struct record *whole, const struct record *shard)
{
    return whole->items == shard->set_rows ? difference(whole, shard) : "number of rows";
}
