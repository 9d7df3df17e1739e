#include "cli/json_print.h"

#include <stdio.h>

#include "base/json_memory.h"

bool json_print(json_t *json, size_t flags, const char *what, struct error *error)
{
    bool ok = json && !json_memory_failed();
    if (ok) {
        ok = json_dumpf(json, stdout, flags) == 0 || ferror(stdout);
        putchar('\n');
    }
    json_decref(json);
    return ok || error_set(error, ERROR_OUTPUT, "%s: out of memory", what);
}
