/*
 * floor: what the floor programs share: a list of paths, one a line, and each file into memory that
 * is kept for the next. They measure, they do not serve: whatever goes wrong ends them.
 */
#ifndef PIXSCALE_TESTS_FLOOR_H
#define PIXSCALE_TESTS_FLOOR_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct floor_file {
    unsigned char *data;
    size_t size, capacity;
};

static inline FILE *floor_open_list(const char *path)
{
    FILE *list = fopen(path, "r");
    if (!list) {
        perror(path);
        exit(2);
    }
    return list;
}

/* Reads the next file of the list; false at its end. */
static inline bool floor_next(FILE *list, struct floor_file *file)
{
    static char *path;
    static size_t room;
    ssize_t length = getline(&path, &room, list);
    if (length <= 0)
        return false;
    path[strcspn(path, "\n")] = '\0';
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        perror(path);
        exit(2);
    }
    file->size = (size_t)st.st_size;
    if (file->size > file->capacity) {
        free(file->data);
        file->data = malloc(file->size);
        file->capacity = file->size;
    }
    if (!file->data || read(fd, file->data, file->size) != (ssize_t)file->size)
        exit(2);
    close(fd);
    return true;
}

#endif
