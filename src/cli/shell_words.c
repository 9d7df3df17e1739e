#include "cli/shell_words.h"

#include <stdbool.h>
#include <string.h>

#include "dataset/index.h"

static const char harmless[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               "-_./=,:+@%";

/* Whether the index would show it as it is, but for backslashes, which quotes take care of. */
static bool is_plain_text(const char *word)
{
    size_t backslashes = 0;
    for (const char *c = word; *c; c++)
        backslashes += *c == '\\';
    return index_escape_path(word, NULL, 0) == strlen(word) + backslashes;
}

/* One character at a time, so that a word may have any length. */
static void put_escaped(const char *word, FILE *stream)
{
    for (; *word; word++) {
        unsigned char c = (unsigned char)*word;
        if (c == '\'' || c == '\\')
            fprintf(stream, "\\%c", c);
        else if (c < 0x20 || c >= 0x7f)
            fprintf(stream, "\\x%02x", c);
        else
            fputc(c, stream);
    }
}

void shell_words_put(const char *word, FILE *stream)
{
    if (*word && word[strspn(word, harmless)] == '\0') {
        fputs(word, stream);
        return;
    }
    if (!is_plain_text(word)) {
        fputs("$'", stream);
        put_escaped(word, stream);
        fputc('\'', stream);
        return;
    }
    fputc('\'', stream);
    for (; *word; word++)
        if (*word == '\'')
            fputs("'\\''", stream);
        else
            fputc(*word, stream);
    fputc('\'', stream);
}
