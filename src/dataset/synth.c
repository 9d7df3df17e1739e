/*
 * The parallel part: pictures are dealt one by one, as their cost differs a hundredfold and is not
 * known before. A thread makes a picture in memory of its own and writes it to a file of its own;
 * what it has done so far stands in its slot. Nothing is shared but the list of slots, which thread
 * 0 reads for the progress, and one flag that ends the work early.
 */
#include "dataset/synth.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <omp.h>

#include "base/buffer.h"
#include "base/file.h"
#include "dataset/synth_picture.h"

/* One a thread, two cache lines apart from the next one's counters. */
struct slot {
    _Alignas(2 * BUFFER_ALIGN) _Atomic uint64_t done; /* written by its thread alone */
    struct synth_result made;
    uint64_t failed_at; /* picture at which the thread failed; valid when `failed` */
    bool failed;
    struct error error;
};

struct job {
    const char *folder;
    int folder_fd;
    const struct synth_options *options;
    synth_progress_fn progress;
    void *user;
    struct slot *slots;
    int threads;
    _Atomic bool stop;
};

static bool is_empty(int fd, bool *empty)
{
    int copy = dup(fd);
    DIR *dir = copy < 0 ? NULL : fdopendir(copy);
    if (!dir) {
        if (copy >= 0)
            close(copy);
        return false;
    }
    *empty = true;
    errno = 0;
    for (const struct dirent *e; *empty && (e = readdir(dir));)
        *empty = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
    bool ok = !*empty || errno == 0;
    closedir(dir);
    return ok;
}

/* Makes the folder where it is missing and opens it; -1 with *error. */
static int open_folder(const char *folder, bool force, struct error *error)
{
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        error_set(error, ERROR_OUTPUT, "cannot make the folder %s: %s", folder, strerror(errno));
        return -1;
    }
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool empty = true;
    if (fd < 0 || (!force && !is_empty(fd, &empty))) {
        error_set(error, ERROR_OUTPUT, "cannot open the folder %s: %s", folder, strerror(errno));
    } else if (!empty) {
        error_set(error, ERROR_USAGE,
                  "the folder %s is not empty; choose another one, or --force to write into it",
                  folder);
    } else {
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool write_all(int folder_fd, const char *name, const struct synth_file *file)
{
    int fd = openat(folder_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return false;
    bool ok = file_write_at(fd, file->data, file->bytes, 0);
    int saved = errno;
    if (close(fd) != 0 && ok)
        return false;
    errno = saved;
    return ok;
}

/* Writes under a hidden name first, so that a name that ends in .jpg or .png is always whole. */
static bool save(const struct job *job, uint64_t i, const struct synth_file *file,
                 struct error *error)
{
    char name[40], hidden[64];
    snprintf(name, sizeof name, "%06llu.%s", (unsigned long long)i,
             synth_plan_kinds[file->plan.kind].png ? "png" : "jpg");
    snprintf(hidden, sizeof hidden, ".%s.partial", name);
    if (write_all(job->folder_fd, hidden, file) &&
        renameat(job->folder_fd, hidden, job->folder_fd, name) == 0)
        return true;
    int saved = errno;
    unlinkat(job->folder_fd, hidden, 0);
    return error_set(error, ERROR_OUTPUT, "cannot write %s/%s: %s", job->folder, name,
                     strerror(saved));
}

static bool make_one(const struct job *job, struct slot *slot, struct synth_maker *maker,
                     uint64_t i)
{
    struct synth_file file;
    const char *why = "out of memory";
    if (maker)
        why = synth_picture_make(maker, job->options, i, &file);
    if (why)
        return error_set(&slot->error, ERROR_OUTPUT, "cannot make picture %llu of %s: %s",
                         (unsigned long long)i, job->folder, why);
    if (!save(job, i, &file, &slot->error))
        return false;
    slot->made.files++;
    slot->made.bytes += file.bytes;
    slot->made.pixels += (uint64_t)file.plan.width * file.plan.height;
    if (synth_plan_kinds[file.plan.kind].png)
        slot->made.png++;
    else
        slot->made.jpeg++;
    return true;
}

static void tell_progress(const struct job *job)
{
    uint64_t done = 0;
    for (int t = 0; t < job->threads; t++)
        done += atomic_load_explicit(&job->slots[t].done, memory_order_relaxed);
    job->progress(job->user, done, job->options->count);
}

static void make_all(struct job *job)
{
    uint64_t count = job->options->count;
#pragma omp parallel num_threads(job->threads)
    {
        int thread = omp_get_thread_num();
        struct slot *slot = &job->slots[thread];
        struct synth_maker *maker = synth_picture_open();
#pragma omp for schedule(dynamic, 1) nowait
        for (uint64_t i = 0; i < count; i++) {
            if (atomic_load_explicit(&job->stop, memory_order_relaxed))
                continue;
            if (!make_one(job, slot, maker, i)) {
                slot->failed = true;
                slot->failed_at = i;
                atomic_store_explicit(&job->stop, true, memory_order_relaxed);
                continue;
            }
            atomic_store_explicit(&slot->done, slot->made.files, memory_order_relaxed);
            if (thread == 0 && job->progress)
                tell_progress(job);
        }
        synth_picture_close(maker);
    }
}

/* Adds up the slots. Of several failures the one of the lowest picture is told. */
static bool merge(const struct job *job, struct synth_result *result, struct error *error)
{
    const struct slot *first = NULL;
    *result = (struct synth_result){0};
    for (int t = 0; t < job->threads; t++) {
        const struct slot *slot = &job->slots[t];
        result->files += slot->made.files;
        result->bytes += slot->made.bytes;
        result->pixels += slot->made.pixels;
        result->jpeg += slot->made.jpeg;
        result->png += slot->made.png;
        if (slot->failed && (!first || slot->failed_at < first->failed_at))
            first = slot;
    }
    if (first && error)
        *error = first->error;
    return !first;
}

bool synth_write(const char *folder, const struct synth_options *options,
                 synth_progress_fn progress, void *user, struct synth_result *result,
                 struct error *error)
{
    if (options->min_side < 1 || options->max_side < options->min_side ||
        options->max_side > SYNTH_MAX_SIDE)
        return error_set(error, ERROR_USAGE,
                         "sides from %u to %u pixels: must be 1 to %d, in order", options->min_side,
                         options->max_side, SYNTH_MAX_SIDE);
    struct job job = {.folder = folder, .options = options, .progress = progress, .user = user};
    job.threads = options->threads > 0 ? options->threads : omp_get_max_threads();
    if ((uint32_t)job.threads > options->count)
        job.threads = options->count ? (int)options->count : 1;
    job.folder_fd = open_folder(folder, options->force, error);
    if (job.folder_fd < 0)
        return false;
    job.slots = aligned_alloc(_Alignof(struct slot), (size_t)job.threads * sizeof *job.slots);
    bool ok = job.slots != NULL;
    if (ok) {
        memset(job.slots, 0, (size_t)job.threads * sizeof *job.slots);
        make_all(&job);
        ok = merge(&job, result, error);
    } else {
        error_set(error, ERROR_OUTPUT, "out of memory");
    }
    free(job.slots);
    close(job.folder_fd);
    return ok;
}
