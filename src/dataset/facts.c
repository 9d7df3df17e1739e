#include "dataset/facts.h"

#include <stdio.h>
#include <string.h>

const char *facts_find(const char *text, const char *name, size_t name_length, size_t *length)
{
    for (const char *line = text; *line;) {
        size_t whole = strcspn(line, "\n");
        if (whole > name_length && line[name_length] == '=' &&
            memcmp(line, name, name_length) == 0) {
            *length = whole - name_length - 1;
            return line + name_length + 1;
        }
        line += whole + (line[whole] != '\0');
    }
    return NULL;
}

/* The first line that only `before` has. */
static void put_missing(const char *before, const char *now, char *text, size_t size)
{
    for (const char *line = before; *line;) {
        size_t name = strcspn(line, "=\n"), whole = strcspn(line, "\n"), length;
        if (whole > name && !facts_find(now, line, name, &length)) {
            snprintf(text, size, "%.*s was %.*s and is not given", (int)name, line,
                     (int)(whole - name - 1), line + name + 1);
            return;
        }
        line += whole + (line[whole] != '\0');
    }
}

void facts_differences(const char *before, const char *now, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (const char *line = now; *line && used < size;) {
        size_t name = strcspn(line, "=\n"), length = 0;
        size_t whole = strcspn(line, "\n"), value = whole > name ? whole - name - 1 : 0;
        const char *old = facts_find(before, line, name, &length);
        if (!old || length != value || memcmp(old, line + name + 1, value) != 0)
            used += (size_t)snprintf(text + used, size - used, "%s%.*s was %.*s and is %.*s",
                                     used ? ", " : "", (int)name, line, old ? (int)length : 7,
                                     old ? old : "unknown", (int)value, line + name + 1);
        line += whole + (line[whole] != '\0');
    }
    if (used == 0)
        put_missing(before, now, text, size);
}
