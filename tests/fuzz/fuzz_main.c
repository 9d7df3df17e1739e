/*
 * Runs a harness over files, in place of a fuzzing engine.
 *
 *   fuzz_NAME FILE-OR-FOLDER…         each file, and each file directly below a folder
 *   fuzz_NAME --data FOLDER…          the same below $PIXSCALE_DATA; 77 where that is not set
 *
 * The name of the file in hand is written before it is run: what traps is the last one named.
 */
#include "fuzz_main.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SKIPPED   77
#define MAX_BYTES (4u << 20) /* larger files teach little and take long under the sanitizers */

static size_t ran;

static void fail(const char *path)
{
    perror(path);
    exit(1);
}

static void run_file(const char *path, size_t size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(size ? size : 1);
    if (!file || !data || fread(data, 1, size, file) != size)
        fail(path);
    fclose(file);
    printf("%s\n", path);
    fflush(stdout);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    ran++;
}

static void run(const char *path, int depth)
{
    struct stat st;
    if (stat(path, &st) != 0)
        fail(path);
    if (S_ISREG(st.st_mode) && (uint64_t)st.st_size <= MAX_BYTES)
        run_file(path, (size_t)st.st_size);
    if (!S_ISDIR(st.st_mode) || depth == 0)
        return;
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);
    if (count < 0)
        fail(path);
    for (int i = 0; i < count; i++) {
        char below[4096];
        int length = snprintf(below, sizeof below, "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.' && length < (int)sizeof below)
            run(below, depth - 1);
        free(entries[i]);
    }
    free(entries);
}

int main(int argc, char **argv)
{
    const char *data = NULL;
    int at = 1;
    if (argc > 1 && strcmp(argv[1], "--data") == 0) {
        data = getenv("PIXSCALE_DATA");
        if (!data || !*data) {
            puts("PIXSCALE_DATA is not set");
            return SKIPPED;
        }
        at++;
    }
    if (data && chdir(data) != 0)
        fail(data);
    for (; at < argc; at++)
        run(argv[at], 1);
    printf("%zu inputs\n", ran);
    return ran ? 0 : 1;
}
